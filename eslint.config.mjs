import eslint from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Modules that would make a workflow non-deterministic, or too heavy to load in its sandbox. */
const notInWorkflows = [
  'node:*',
  '@temporalio/client',
  '@temporalio/worker',
  '@temporalio/activity',
  'zod',
  'mongodb',
  'undici',
  'piscina',
  'pino',
  '@aws-sdk/*',
  '@dsnp/*',
  '@duckdb/*',
  '@tensorflow/*',
];

/** Rule 1: imports point inward. Each zone may not import what is listed in `from`. */
const inward = [
  { target: './src/domain', from: './src', except: ['./domain'] },
  { target: './src/ports', from: './src', except: ['./ports', './domain'] },
  {
    target: './src/workflows',
    from: [
      './src/adapters',
      './src/ports',
      './src/workers',
      './src/client',
      './src/devstack',
      './src/config.ts',
    ],
  },
  {
    target: './src/activities',
    from: ['./src/workflows', './src/workers', './src/client', './src/devstack'],
  },
  {
    target: './src/adapters',
    from: ['./src/workflows', './src/activities', './src/workers', './src/client', './src/devstack'],
  },
  { target: './src/workers', from: ['./src/client', './src/devstack'] },
  { target: './src/devstack', from: ['./src/workflows', './src/activities', './src/client'] },
];

/** Rule 2: data flows one way, source → process → categorize → store; no stage's adapter knows another's. */
const oneWay = ['nocodb', 'text', 'classifier', 'lake', 'mongo'].map((stage, _, all) => ({
  target: `./src/adapters/${stage}`,
  from: all.filter((other) => other !== stage).map((other) => `./src/adapters/${other}`),
}));

export default tseslint.config(
  { ignores: ['dist', 'build', 'coverage', 'node_modules', 'docs', 'models'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.js'] } } },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones: [...inward, ...oneWay] }],
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/domain/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!zod$|\\.{1,2}/)', message: 'domain imports only zod and itself' }] },
      ],
    },
  },
  {
    files: ['src/workflows/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: notInWorkflows, message: 'workflows are deterministic: no I/O, no drivers' }] },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  prettier,
);
