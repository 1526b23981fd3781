import { createHash } from 'node:crypto';

import { expect, it } from '@jest/globals';

import { DAY_TABLES, SCHEMA_VERSION } from '../../src/domain/schema.js';

/**
 * Readers trust that files of one schema version have the same columns (see selectTable). A change of columns without
 * a new version would break that: raise SCHEMA_VERSION and add a line.
 */
const COLUMNS_OF_VERSION: Record<number, string> = {
  1: '1cc93b1835c3a185',
};

it('columns change only with the schema version', () => {
  const columns = DAY_TABLES.map(({ file, columns }) => [file, columns]);
  const digest = createHash('sha256').update(JSON.stringify(columns)).digest('hex').slice(0, 16);
  expect(digest).toBe(COLUMNS_OF_VERSION[SCHEMA_VERSION]);
});
