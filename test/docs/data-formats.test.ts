import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { coverageKey } from '../../src/adapters/lake/coverage.js';
import {
  fixedKey,
  generationPrefix,
  manifestKey,
  parseGenerationKey,
} from '../../src/adapters/lake/layout.js';
import { QUALITY_FLAGS } from '../../src/domain/process/context.js';
import { conversationKey, messageKey, REJECT_REASONS } from '../../src/domain/records.js';
import {
  ACTORS,
  CONTENT_TYPES,
  DAY_TABLES,
  OUTCOMES,
  SCHEMA_VERSION,
  TASKS,
} from '../../src/domain/schema.js';
import { isRequired } from '../../src/domain/table.js';
import { batchWorkflowId, collectWorkflowId } from '../../src/names.js';

const page = readFileSync('docs/data-formats.md', 'utf8');

/** Text of a section, without those after it. */
function section(title: string): string {
  const found = page.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (found === undefined) throw new Error(`docs/data-formats.md has no section "${title}"`);
  return found;
}

/** Rows of the first table whose head begins with a given cell. */
function tableRows(text: string, head: string): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith('|') && cells(line)[0] === head);
  if (start < 0) throw new Error(`no table that begins with ${head}`);
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  return lines.slice(start + 2, end < 0 ? undefined : end).map(cells);
}
const cells = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
const code = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);

interface Described {
  type: string;
  nullRule: string;
}

/** Columns as a table of the page describes them; one row may describe several of one type, or of one type each. */
function described(rows: string[][]): Record<string, Described> {
  return Object.fromEntries(
    rows.flatMap(([names = '', type = '', , nullRule = '']) => {
      const types = type.split(', ');
      return code(names).map((name, i) => [name, { type: types[i] ?? types[0]!, nullRule }]);
    }),
  );
}

const everyTable = described(tableRows(page.slice(page.indexOf('Every table ends with:')), 'Column'));

describe.each(DAY_TABLES.map((table) => [table.file, table] as const))('%s', (file, table) => {
  const columns = {
    ...described(tableRows(section(`${file} · MongoDB \`${table.collection}\``), 'Column')),
    ...everyTable,
  };

  it('has every column on the page, in the order and of the type of the schema', () => {
    expect(Object.entries(columns).map(([name, { type }]) => `${name} ${type}`)).toEqual(
      Object.entries(table.columns).map(([name, spec]) => `${name} ${spec}`),
    );
  });

  it('says when a column is null, and of no other that it can be', () => {
    const withRule = Object.keys(columns).filter(
      (name) => !/^(|may be empty)$/.test(columns[name]!.nullRule),
    );
    const nullable = Object.entries(table.columns).flatMap(([name, spec]) =>
      isRequired(spec) ? [] : [name],
    );
    expect(withRule).toEqual(nullable);
  });
});

describe('what a value can be', () => {
  const values = (file: string, collection: string, column: string) => {
    const rows = tableRows(section(`${file} · MongoDB \`${collection}\``), 'Column');
    return code(rows.find(([names = '']) => code(names).includes(column))![2]!);
  };

  it('names all of a closed list', () => {
    expect(values('conversations', 'conversation_analytics', 'outcome')).toEqual([...OUTCOMES]);
    expect(values('messages', 'conversation_messages', 'actor')).toEqual([...ACTORS]);
    expect(values('messages', 'conversation_messages', 'content_type')).toEqual([...CONTENT_TYPES]);
    expect(values('categories', 'conversation_categories', 'task')).toEqual([...TASKS]);
  });

  it('explains every flag and every reason of a reject', () => {
    const dirt = section('Dirt: what happens to it');
    const flags = tableRows(dirt, 'Found').flatMap(([, , name = '']) => code(name));
    const reasons = [...REJECT_REASONS] as string[];
    expect(
      [...new Set(flags)].filter((name) => (QUALITY_FLAGS as readonly string[]).includes(name)).sort(),
    ).toEqual([...QUALITY_FLAGS].sort());
    const reasonRow = tableRows(section('Rejects'), 'Field').find(([field]) => field === '`reason`')!;
    expect(code(reasonRow[1]!)).toEqual(expect.arrayContaining(reasons));
  });

  it('is of the version of the schema', () => {
    expect(page).toContain(`version of these columns, now ${SCHEMA_VERSION} `);
  });
});

describe('the examples of keys are what the code makes', () => {
  const examples = [...tableRows(section('Keys'), 'Key'), ...tableRows(section('Keys'), 'File')].map(
    ([, , example = '']) => code(example)[0]!,
  );
  const conversation = conversationKey('support', 'C-1042');
  const range = { startDate: '2026-08-01', endDate: '2026-08-07' };
  const run = collectWorkflowId(range);

  it('one by one', () => {
    expect(examples).toEqual([
      conversation,
      messageKey(conversation, '17'),
      messageKey(conversationKey('support', '2026/08/01'), '17'),
      `${conversation}#topic#1`,
      `${messageKey(conversation, '17')}#intent#2`,
      run,
      collectWorkflowId({ ...range, appId: 'web_chat' }),
      batchWorkflowId(run, '2026-08-03', 0),
      coverageKey('web_chat'),
      fixedKey('2026-08-01', 'conversations'),
      fixedKey('2026-08-01', 'messages'),
      manifestKey('2026-08-01'),
      `${generationPrefix('2026-08-01', '20260802T031500123Z-1a2b3c4d')}messages.parquet`,
    ]);
    expect(parseGenerationKey(examples.at(-1)!)).toEqual({
      day: '2026-08-01',
      generation: '20260802T031500123Z-1a2b3c4d',
    });
  });
});
