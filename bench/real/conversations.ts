import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Product } from '../product.js';

export interface Turn {
  role: 'user' | 'assistant';
  text: string;
}

export interface SeedMessage {
  conversationId: string;
  role: string;
  text: string;
  /** Epoch ms, whole seconds. */
  sentAt: number;
}

export interface SeedConversation {
  id: string;
  app: string;
  user: string;
  /** Epoch ms, whole seconds. */
  startedAt: number;
  status: string;
  messages: SeedMessage[];
}

/** Where dialogues are looked for when no file is named. */
const USUAL_PLACE = '../shared/data/sgd';
const FIRST_DAY = Date.UTC(2026, 0, 1);
export const SEED_DAYS = 31;
const DAY_MS = 86_400_000;
/** Messages of one conversation after another: 9.2 on average. */
const LENGTHS = [6, 8, 10, 12, 10];
const SECONDS_BETWEEN = 38;
const APPS = ['web', 'mobile', 'voice'];
const STATUSES = ['closed', 'closed', 'open', 'escalated'];

export function seedRange(): { startDate: string; endDate: string } {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  return { startDate: day(FIRST_DAY), endDate: day(FIRST_DAY + (SEED_DAYS - 1) * DAY_MS) };
}

/** Dialogues of a file, of the usual place, or of the product's own generator; and what they are called. */
export function loadDialogues(
  { sample }: Product,
  file: string | undefined,
): { name: string; dialogues: Turn[][] } {
  const found = existsSync(USUAL_PLACE)
    ? readdirSync(USUAL_PLACE)
        .filter((name) => name.endsWith('.jsonl'))
        .sort()
        .map((name) => join(USUAL_PLACE, name))
    : [];
  const files = file === undefined ? found : [file];
  if (files.length === 0) return { name: 'generated', dialogues: generated(sample) };
  const lines = files.flatMap((path) => readFileSync(path, 'utf8').split('\n'));
  const dialogues = lines
    .filter((line) => line.trim() !== '')
    .map((line) =>
      (JSON.parse(line) as { turns: { s: string; t: string }[] }).turns.map(({ s, t }): Turn => ({
        role: s.toLowerCase().startsWith('u') ? 'user' : 'assistant',
        text: t,
      })),
    );
  return { name: file === undefined ? 'sgd' : 'dialogues', dialogues };
}

function generated(sample: Product['sample']): Turn[][] {
  const messages = sample.generateSample({ conversations: 4000 }).tables[1]?.rows ?? [];
  const byConversation = new Map<string, Turn[]>();
  for (const { conversation_id: id, role, content } of messages) {
    if (typeof id !== 'string' || typeof content !== 'string' || content.trim() === '') continue;
    const turns = byConversation.get(id) ?? [];
    turns.push({ role: role === 'user' ? 'user' : 'assistant', text: content });
    byConversation.set(id, turns);
  }
  return [...byConversation.values()];
}

/**
 * Conversations in the order of their start, spread evenly over the days. Each is the next piece of a dialogue; when all
 * dialogues are used up they are taken again, with a remark in every third message, so that texts differ.
 */
export function* seedConversations(dialogues: readonly Turn[][], count: number): Generator<SeedConversation> {
  const pieces = pieceAfterPiece(dialogues);
  for (let n = 0; n < count; n++) {
    const piece = pieces.next(LENGTHS[n % LENGTHS.length] ?? 10).value;
    const start = FIRST_DAY + (n * SEED_DAYS * DAY_MS) / count;
    const startedAt = Math.floor(start / 1000) * 1000;
    const id = `c-${String(n + 1).padStart(7, '0')}`;
    yield {
      id,
      app: APPS[n % APPS.length] ?? 'web',
      user: `u${(n * 7919) % Math.ceil(count / 4)}`,
      startedAt,
      status: STATUSES[n % STATUSES.length] ?? 'closed',
      messages: piece.map(({ role, text }, index) => ({
        conversationId: id,
        role,
        text,
        sentAt: startedAt + index * SECONDS_BETWEEN * 1000,
      })),
    };
  }
}

/** Give it a length, get a piece: of the same dialogue while that has so many turns left, else of the next. */
function* pieceAfterPiece(dialogues: readonly Turn[][]): Generator<Turn[], never, number> {
  let wanted = LENGTHS[0] ?? 6;
  for (let round = 0; ; round++) {
    for (const [index, turns] of dialogues.entries()) {
      let from = 0;
      do {
        const piece = turns.slice(from, from + wanted);
        from += wanted;
        wanted = yield round === 0 ? piece : piece.map((turn, at) => varied(turn, at, round, index));
      } while (from + wanted <= turns.length);
    }
  }
}

function varied(turn: Turn, at: number, round: number, index: number): Turn {
  return at % 3 === 0 ? { ...turn, text: `${turn.text} (${round}-${index})` } : turn;
}
