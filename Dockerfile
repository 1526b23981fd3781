# Worker and command line of Conversation Analytics, on glibc (the native parts of Temporal and DuckDB need it):
#   docker build --tag conversation-analytics .
#   docker run --env-file .env --volume lake:/lake conversation-analytics worker
FROM node:22.23.1-bookworm-slim AS build
WORKDIR /app
# The packages alone first, so that a change of the code does not fetch them again. No package needs its install script:
# the native parts come prebuilt as packages of the platform. Only TensorFlow's would fetch its library; without that it
# is 280 MB for nothing (the same labels are made without it), so it goes again below.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
# Compiles, and bundles the workflows, so that a worker starts without a bundler and runs what was tested.
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/@tensorflow

FROM node:22.23.1-bookworm-slim
# TLS to Temporal Cloud needs the system's certificates. Their newest version is wanted, not a pinned one.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production LAKE_DIR=/lake CONVERSATION_ANALYTICS_DATA=/tmp/conversation-analytics
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY models models
RUN install -d -o 1000 -g 1000 /lake
# By number: orchestrators that forbid root can tell. In the image of Node it is the user `node`.
USER 1000:1000
VOLUME /lake
ENTRYPOINT ["node", "dist/client/main.js"]
CMD ["worker"]
