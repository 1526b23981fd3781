// ESM under Jest: run with NODE_OPTIONS=--experimental-vm-modules (the npm scripts set it).
const esm = {
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
  ],
};
// @dsnp/parquetjs → thrift requires `uuid`, which ships as ESM only: compile that one package to CommonJS.
const uuidAsCommonJs = {
  '/node_modules/.*uuid/.+\\.js$': ['@swc/jest', { jsc: { target: 'es2022' }, module: { type: 'commonjs' } }],
};
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { ...esm, ...uuidAsCommonJs },
  transformIgnorePatterns: ['/node_modules/(?!.*uuid/)'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/build'],
};

/** unit: needs no engine. integration: real Temporal, MongoDB protocol, S3 protocol. nocodb: a real NocoDB. */
export default {
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/test/**/*.test.ts'] },
    { ...common, displayName: 'integration', testMatch: ['<rootDir>/test/**/*.itest.ts'] },
    { ...common, displayName: 'nocodb', testMatch: ['<rootDir>/test/**/*.nocodb.ts'] },
  ],
};
