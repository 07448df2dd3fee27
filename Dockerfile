# A box in a container: docs/containers.md. This file was never built by Docker. scripts/release/docker-steps runs its
# steps in a chroot.
FROM node:22-bookworm AS build
WORKDIR /src
COPY . .
# npm ci refuses a lock file that lacks packages of other platforms; npm install takes the same versions from it.
RUN (npm ci --no-audit --no-fund || npm install --no-save --no-audit --no-fund) \
  && npm run --silent build \
  && node scripts/release/tree.mjs /opt/pinky

FROM node:22-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends redis-server lzop util-linux bsdutils ca-certificates \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/pinky /opt/pinky
RUN ln -s /opt/pinky/node_modules/@pinky/cli/bin/pinky /usr/local/bin/pinky
ENV PINKY_HOME=/data
VOLUME /data
STOPSIGNAL SIGTERM
CMD ["pinky", "up"]
