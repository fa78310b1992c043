// Runs a provider of OpenID Connect on this machine. The first line it writes is its address. Each
// line it reads says how the ID tokens from then on differ from right ones, and is answered with a
// line: {"claims": {...} signed in place of right ones, null for none, "altered": {...} after signing,
// "none": true for no signature, "hmac": a secret to sign with instead, "rotate": true for a new key}.
import { createHmac } from "node:crypto";
import { createInterface } from "node:readline";
import { OAuth2Server } from "oauth2-mock-server";

const server = new OAuth2Server();
await server.issuer.keys.generate("RS256");
await server.start(0, "127.0.0.1");
let wish = {};

const written = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const payload = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

server.service.on("beforeTokenSigning", (token) => {
  Object.assign(token.payload, { email: "per@toppdesign.dk", email_verified: true }, wish.claims);
  for (const [name, value] of Object.entries(token.payload)) if (value === null) delete token.payload[name];
});
server.service.on("beforeResponse", (response) => {
  if (response.body.id_token === undefined) return;
  const claims = payload(response.body.id_token);
  if (wish.none) response.body.id_token = `${written({ alg: "none", typ: "JWT" })}.${written(claims)}.`;
  if (wish.hmac) {
    const signed = `${written({ alg: "HS256", typ: "JWT" })}.${written(claims)}`;
    response.body.id_token = `${signed}.${createHmac("sha256", wish.hmac).update(signed).digest("base64url")}`;
  }
  if (wish.altered) {
    const [head, , signature] = response.body.id_token.split(".");
    response.body.id_token = `${head}.${written({ ...claims, ...wish.altered })}.${signature}`;
  }
});
console.log(server.issuer.url);
for await (const line of createInterface({ input: process.stdin })) {
  wish = JSON.parse(line);
  if (wish.rotate) {
    await server.issuer.keys.generate("RS256", { kid: `new-${Date.now()}` });
  }
  console.log("done");
}
await server.stop();
