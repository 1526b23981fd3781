import { readFileSync } from 'node:fs';
import type { SampleRow, SampleTable } from '../src/devstack/sample/table.js';

interface Dialogue {
  turns: { s: string; t: string }[];
}

const START = Date.UTC(2026, 0, 5, 8);
const DAY_MS = 86_400_000;
const APPS = ['web', 'mobile', 'voice'];

/**
 * Tables of conversations made from dialogues: seven days of them, half a minute between messages, the dialogues again
 * from the first where there are fewer than wanted.
 */
export function conversationsOfDialogues(
  file: string,
  conversations: number,
): { tables: SampleTable[]; firstDay: string; lastDay: string } {
  const dialogues = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Dialogue);
  if (dialogues.length === 0) throw new Error(`${file} holds no dialogues`);
  const heads: SampleRow[] = [];
  const messages: SampleRow[] = [];
  for (let n = 0; n < conversations; n++) {
    const day = Math.floor((n * 7) / conversations);
    const startedAt = START + day * DAY_MS + (n % 600) * 60_000;
    const conversation_id = `c${n + 1}`;
    heads.push({
      conversation_id,
      app_id: APPS[n % APPS.length],
      user_id: `u${n % Math.ceil(conversations / 4)}`,
      started_at: new Date(startedAt).toISOString(),
      status: n % 3 === 0 ? 'closed' : null,
    });
    for (const [index, { s, t }] of (dialogues[n % dialogues.length]?.turns ?? []).entries()) {
      messages.push({
        conversation_id,
        role: s.toLowerCase().startsWith('u') ? 'user' : 'assistant',
        content: t,
        created_at: new Date(startedAt + index * 30_000).toISOString(),
      });
    }
  }
  const tables: SampleTable[] = [
    {
      title: 'conversations',
      columns: [
        { title: 'conversation_id', uidt: 'SingleLineText' },
        { title: 'app_id', uidt: 'SingleLineText' },
        { title: 'user_id', uidt: 'SingleLineText' },
        { title: 'started_at', uidt: 'DateTime' },
        { title: 'status', uidt: 'SingleLineText' },
      ],
      rows: heads,
    },
    {
      title: 'messages',
      columns: [
        { title: 'conversation_id', uidt: 'SingleLineText' },
        { title: 'role', uidt: 'SingleLineText' },
        { title: 'content', uidt: 'LongText' },
        { title: 'created_at', uidt: 'DateTime' },
      ],
      rows: messages,
    },
  ];
  const lastDay = Math.floor(((conversations - 1) * 7) / conversations);
  return { tables, firstDay: dayText(START), lastDay: dayText(START + lastDay * DAY_MS) };
}

function dayText(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
