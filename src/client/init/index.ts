import { resolve } from 'node:path';

import { parse as parseYaml, stringify as stringifyYaml } from 'yaml';

import {
  MappingError,
  openSetup,
  type MappingQuestion,
  type NocoDbSetup,
  type Trial,
} from '../../adapters/nocodb/index.js';
import { mergedEnvironment } from '../../config.js';
import { createAsker, type Asker } from '../ask.js';
import { UsageError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { printJson, printLines, type Io } from '../globals.js';
import { canAsk } from '../prompt.js';
import { colorsFor } from '../render/colors.js';
import { tableLines } from '../render/layout.js';
import { previewLines } from '../render/preview.js';
import { mergeEnv, readText, writePrivately, type PlannedFile } from './env-file.js';
import { setKey, type RawMapping } from './settings.js';
import { chooseBase, chooseTable } from './tables.js';

export interface InitRequest {
  url?: string | undefined;
  token?: string | undefined;
  base?: string | undefined;
  conversationsTable?: string | undefined;
  messagesTable?: string | undefined;
  timezone?: string | undefined;
  /** `key=value` of the mapping file. */
  set: string[];
  /** Path of the mapping file. */
  mapping?: string | undefined;
  yes: boolean;
  json: boolean;
}

const ENV_FILE = '.env';
const MAPPING_FILE = 'conversation-analytics.mapping.yaml';
const HEADER =
  '# Which columns hold what: docs/source-nocodb.md. Written by `conversation-analytics init`.\n';

/**
 * `init`: asks for what the flags do not say, finds tables and columns, shows what it made of them, and writes `.env` and
 * the mapping file. @throws UsageError naming the flag, where something is open and nobody can be asked
 */
export async function init(request: InitRequest, io: Io): Promise<ExitCode> {
  const asker = canAsk(io.stdin, io.stderr) && !request.json ? createAsker(io.stdin, io.stderr) : null;
  const env = mergedEnvironment({ env: io.env });
  try {
    const url = await given('--url', request.url ?? env.NOCODB_BASE_URL, () =>
      asker?.line('Address of NocoDB: '),
    );
    checkUrl(url);
    const token = await given('--token', request.token ?? env.NOCODB_API_TOKEN, () =>
      asker?.secret('API token (NocoDB: Team & Settings → Tokens; not shown): '),
    );
    const setup = openSetup({
      baseUrl: url,
      apiToken: token,
      requestsPerSecond: Number(env.NOCODB_REQUESTS_PER_SECOND ?? 4) || 4,
    });
    try {
      return await setUp({ url, token, setup, env, asker }, request, io);
    } finally {
      await setup.close();
    }
  } finally {
    asker?.close();
  }
}

interface Access {
  url: string;
  token: string;
  setup: NocoDbSetup;
  env: Record<string, string>;
  asker: Asker | null;
}

async function setUp(
  { url, token, setup, env, asker }: Access,
  request: InitRequest,
  io: Io,
): Promise<ExitCode> {
  const signal = new AbortController().signal;
  const tell = (line: string) => void io.stderr.write(`${line}\n`);
  const sameServer = env.NOCODB_BASE_URL === undefined || env.NOCODB_BASE_URL === url;
  const known = (value: string | undefined) => (sameServer ? value : undefined);
  const wantedBase = request.base ?? known(env.NOCODB_PROJECT_ID);
  const base = await chooseBase(await setup.bases(signal), wantedBase, asker);
  const path = request.mapping ?? env.NOCODB_MAPPING ?? MAPPING_FILE;
  const oldMapping = await readText(path);
  const raw = readRaw(oldMapping, path);
  for (const setting of request.set) setKey(raw, setting);
  if (request.timezone !== undefined) raw['timezone'] = request.timezone;

  const all = await setup.tables(base.id, signal);
  const conversations = await chooseTable(
    all,
    'conversations',
    request.conversationsTable ?? known(env.NOCODB_CONVERSATIONS_TABLE),
    asker,
  );
  const several = Array.isArray(raw['messages']);
  const messages = several
    ? null
    : await chooseTable(
        all.filter(({ id }) => id !== conversations.id),
        'messages',
        request.messagesTable ?? known(env.NOCODB_MESSAGES_TABLE),
        asker,
      );
  tell(
    `Base ${base.title}: conversations in ${conversations.title}${messages ? `, messages in ${messages.title}` : ''}. Looking at their columns …`,
  );
  const tables = { projectId: base.id, conversationsTable: conversations.id, messagesTable: messages?.id };
  const trial = await settle(setup, tables, raw, { asker, io, json: request.json, signal });

  const values = {
    NOCODB_BASE_URL: url,
    NOCODB_API_TOKEN: token,
    NOCODB_PROJECT_ID: base.id,
    NOCODB_CONVERSATIONS_TABLE: conversations.title,
    NOCODB_MESSAGES_TABLE: messages?.title ?? null,
    NOCODB_MAPPING: path,
  };
  const files: PlannedFile[] = [
    mergeEnv(ENV_FILE, await readText(ENV_FILE), values),
    plannedMapping(path, oldMapping, trial),
  ];
  if (!request.json) {
    const colors = colorsFor(io.stdout, io.env);
    printLines(
      io.stdout,
      trial.tables.flatMap((table) => tableLines(table, colors)),
    );
    printLines(io.stdout, previewLines(trial.preview, io.stdout.isTTY, colors));
  }
  for (const note of trial.notes) tell(note);
  await mayWrite(files, request.yes, asker);
  await writePrivately(path, files[1]?.text ?? '', 0o644);
  // Last, and readable by nobody else: it holds the token.
  await writePrivately(ENV_FILE, files[0]?.text ?? '', 0o600);
  if (request.json) {
    printJson(io, {
      baseUrl: url,
      base,
      conversationsTable: conversations.title,
      messagesTables: trial.tables.filter(({ kind }) => kind === 'messages').map(({ title }) => title),
      tables: trial.tables,
      mapping: trial.mapping,
      notes: trial.notes,
      preview: {
        conversations: trial.preview.length,
        messages: trial.preview.map((thread) => thread.messages.length),
      },
      files: { env: resolve(ENV_FILE), mapping: resolve(path) },
    });
  } else {
    tell(`Wrote ${ENV_FILE} and ${path}.`);
    tell('Next: conversation-analytics inspect, or conversation-analytics collect --dry-run');
  }
  return EXIT.complete;
}

async function given(
  flag: string,
  value: string | undefined,
  ask: () => Promise<string | null> | undefined,
): Promise<string> {
  const answer = value ?? (await ask());
  if (answer !== undefined && answer !== null && answer.trim() !== '') return answer.trim();
  const what =
    flag === '--url' ? 'the address of NocoDB, such as https://nocodb.example.com' : 'an API token of NocoDB';
  const name = flag === '--url' ? 'NOCODB_BASE_URL' : 'NOCODB_API_TOKEN';
  throw new UsageError(
    `${flag} is missing: ${what}.\nWithout a terminal nothing is asked.\nGive ${flag}, or set ${name}.`,
  );
}

function checkUrl(url: string): void {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new UsageError(
    `--url ${JSON.stringify(url)} is no address.\nAllowed is an http:// or https:// address.\nFor example: --url https://nocodb.example.com`,
  );
}

function readRaw(text: string | null, path: string): RawMapping {
  try {
    const raw: unknown = parseYaml(text ?? '');
    if (raw === null || (typeof raw === 'object' && !Array.isArray(raw))) return (raw ?? {}) as RawMapping;
  } catch {
    // said below
  }
  throw new UsageError(
    `${path} is there, and is no mapping file.\nAllowed is YAML with the keys of docs/source-nocodb.md.\nName another: --mapping <path>`,
  );
}

/** Tries the mapping until nothing is open, asking where somebody can be asked. */
async function settle(
  setup: NocoDbSetup,
  tables: Parameters<NocoDbSetup['tryMapping']>[0],
  raw: RawMapping,
  { asker, io, json, signal }: { asker: Asker | null; io: Io; json: boolean; signal: AbortSignal },
): Promise<Trial> {
  for (;;) {
    try {
      return await setup.tryMapping(tables, raw, signal);
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      const answers = asker === null ? null : await askAll(error.questions, asker);
      if (answers === null) throw open(error.questions, io, json);
      for (const answer of answers) setKey(raw, answer);
    }
  }
}

async function askAll(questions: readonly MappingQuestion[], asker: Asker): Promise<string[] | null> {
  const answers: string[] = [];
  for (const { key, problem, candidates, columns } of questions) {
    const options = candidates.length > 0 ? candidates : columns;
    const answer =
      options.length === 0
        ? await asker.line(`${key}: ${problem}.\n${key} = `)
        : await asker.choose(`${key}: ${problem}.`, options);
    if (answer === null || answer === '') return null;
    answers.push(`${key}=${answer}`);
  }
  return answers;
}

/** Nobody can be asked: everything that is open, and the flags that settle it. */
function open(questions: readonly MappingQuestion[], io: Io, json: boolean): UsageError {
  if (json) printJson(io, { questions });
  const [first, ...more] = questions;
  for (const { key, problem } of more) io.stderr.write(`Also open: ${key}: ${problem}.\n`);
  const options = first && first.candidates.length > 0 ? first.candidates : (first?.columns ?? []);
  const example = first?.key === 'timezone' ? 'Europe/Berlin' : (options[0] ?? '<column>');
  const flag = (question: MappingQuestion, value: string) =>
    `--set ${shellQuote(`${question.key}=${value}`)}`;
  const flags = questions.map((question, index) =>
    flag(question, index === 0 ? example : (question.candidates[0] ?? '<column>')),
  );
  return new UsageError(
    `${first?.key ?? ''}: ${first?.problem ?? ''}.\n` +
      `${options.length > 0 ? `Allowed: ${options.join(', ')}.` : 'Allowed: see docs/source-nocodb.md.'}\n` +
      `Say which, for example: conversation-analytics init … ${flags.join(' ')}`,
  );
}

function shellQuote(text: string): string {
  return /^[\w=./<>-]+$/.test(text) && !text.includes('<') ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function plannedMapping(path: string, old: string | null, trial: Trial): PlannedFile {
  const text = HEADER + stringifyYaml(trial.mapping, { lineWidth: 0 });
  const same = old !== null && JSON.stringify(parseYaml(old)) === JSON.stringify(trial.mapping);
  // A file of the same content may carry a person's comments: it stays.
  return { path, text: same ? old : text, overwrites: old === null || same ? [] : [path], isChanged: !same };
}

async function mayWrite(files: readonly PlannedFile[], yes: boolean, asker: Asker | null): Promise<void> {
  const [env, mapping] = files;
  const said = [
    ...(env && env.overwrites.length > 0 ? [`${env.path} already says ${env.overwrites.join(', ')}`] : []),
    ...(mapping && mapping.overwrites.length > 0 ? [`${mapping.path} is there and says something else`] : []),
  ];
  if (said.length === 0 || yes) return;
  const answer = await asker?.line(`${said.join('; ')}. Overwrite? Other lines stay. [y/N] `);
  if (answer != null && /^y(es)?$/i.test(answer)) return;
  throw new UsageError(
    `${said.join('; ')}.\nNothing was written.\nAdd --yes to overwrite that; other lines stay.`,
  );
}
