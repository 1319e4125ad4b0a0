# The API's image. The same image runs the simulator: `node apps/gateway-simulator/dist/main.js`.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY libs/alipay-protocol/package.json libs/alipay-protocol/
COPY libs/alipay-services/package.json libs/alipay-services/
COPY libs/merchant-domain/package.json libs/merchant-domain/
COPY apps/gateway-simulator/package.json apps/gateway-simulator/
COPY apps/merchant-api/package.json apps/merchant-api/
COPY apps/merchant-api-e2e/package.json apps/merchant-api-e2e/
COPY tools/bench/package.json tools/bench/
COPY tools/generators/package.json tools/generators/
COPY tools/packages/package.json tools/packages/
COPY tools/postgres/package.json tools/postgres/
COPY tools/start/package.json tools/start/
RUN npm ci --omit=optional --ignore-scripts
COPY tsconfig.base.json ./
COPY libs libs
COPY apps apps
COPY tools tools
RUN node tools/start/bootstrap/compile.mjs -b apps/merchant-api/tsconfig.lib.json apps/gateway-simulator/tsconfig.lib.json \
  && npm prune --omit=dev --omit=optional --ignore-scripts \
  && rm -rf apps/merchant-api-e2e tools \
  && find libs apps -type d \( -name src -o -name test \) -not -path '*/node_modules/*' -prune -exec rm -rf {} +

FROM node:22-slim
ENV NODE_ENV=production HOST=0.0.0.0 NODE_OPTIONS=--enable-source-maps
WORKDIR /app
COPY --from=build --chown=root:root /app ./
# Folders for volumes: the demo's keys, and the books of the simulator.
RUN mkdir /keys /data && chown node:node /keys /data
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/merchant-api/dist/main.js"]
