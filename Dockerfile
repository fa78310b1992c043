# The build needs a C compiler for the crypto library; the image that runs needs neither that nor a shell.
FROM rust:1.95-slim-bookworm AS build
# The versions are those of the release of Debian that the image names.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends build-essential cmake \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Cargo.toml Cargo.lock build.rs ./
COPY .cargo .cargo
COPY src src
COPY rules rules
COPY tests/corpus tests/corpus
COPY tests/otlp tests/otlp
COPY benches benches
COPY README.md LICENSE ./
RUN cargo build --release --locked --bin portner \
 && mkdir -p /out/data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/release/portner /usr/local/bin/portner
COPY --from=build --chown=nonroot:nonroot /out/data /data
ENV PORTNER_LISTEN=0.0.0.0:8080 \
    PORTNER_STORE=sled:/data/store \
    PORTNER_LOG_FORMAT=json
# Settings that are changed at the desk are written to portner.toml here.
WORKDIR /data
VOLUME /data
EXPOSE 8080
# The number of nonroot, which Kubernetes can tell from root.
USER 65532
ENTRYPOINT ["portner"]
CMD ["serve"]
