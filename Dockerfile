# Worker and command line of Conversation Analytics:
#   docker build -t conversation-analytics .
#   docker run --env-file .env conversation-analytics worker
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY . .
# `npm ci` builds too. Development packages then go; the compiled code stays.
RUN npm ci && npm prune --omit=dev --ignore-scripts

FROM node:22-bookworm-slim
# TLS to Temporal Cloud, MongoDB Atlas, S3 and NocoDB needs the system's certificates.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production LAKE_DIR=/lake CONVERSATION_ANALYTICS_DATA=/tmp/conversation-analytics
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/models ./models
RUN mkdir /lake && chown node:node /lake
USER node
VOLUME /lake
ENTRYPOINT ["node", "dist/client/main.js"]
CMD ["worker"]
