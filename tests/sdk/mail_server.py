"""A mail server that others wrote (aiosmtpd), on a port that the system chooses. Says the port, then each
mail as a line of JSON. Asks for a password when one is given; offers no TLS."""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Postman:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        told = {name.lower(): value for name, value in mail.items()}
        told["envelope"] = [envelope.mail_from, *envelope.rcpt_tos]
        told["text"] = mail.get_content()
        told["login"] = session.authenticated
        print(json.dumps(told), flush=True)
        return "250 OK"


def knows(server, session, envelope, mechanism, login):
    right = isinstance(login, LoginPassword) and login.password.decode() == sys.argv[1]
    # Not handled: the answer to a wrong password is left to the server.
    return AuthResult(success=right, handled=right)


async def main():
    options = {"auth_required": True, "auth_require_tls": False, "authenticator": knows} if len(sys.argv) > 1 else {}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Postman(), loop=loop, **options), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
