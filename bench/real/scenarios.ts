import { randomBytes } from 'node:crypto';
import type { CollectReport } from '../../src/client/report.js';
import type { DryRunReport } from '../../src/client/dry-run.js';
import { collectAll, rangeOf } from './collecting.js';
import { seedKey } from './base.js';
import { seedConversations, type SeedConversation } from './conversations.js';
import { startCountingProxy } from './counting-proxy.js';
import type { Lab } from './lab.js';
import type { Sample } from './measurement.js';
import { ProductRun } from './product-run.js';

const LIMIT = { requests: 5, windowMs: 1_000, blockMs: 30_000 };
/** The product's default of NOCODB_REQUESTS_PER_SECOND. */
const BUDGET = 4;
const LIMITED_CONVERSATIONS = 4_000;
const LONG = { text: 100_000, messages: 20_000, others: 500 };

/** `collect` without dates after everything has been collected: what it asks of the source when nothing is new. */
export async function incremental(lab: Lab): Promise<Sample> {
  const base = await lab.base();
  const proxy = await startCountingProxy(base.url);
  try {
    return await lab.scratch(async (dir) => {
      const source = { ...base, url: proxy.url };
      const run = await ProductRun.open(lab.product, { dir, source, batchSize: 1000 }, lab.say);
      try {
        await run.collect(rangeOf(base));
        // The first may have a mark to set; the second has nothing to do.
        const once = () => run.command(['collect', '--no-mongodb', '--json']);
        await once();
        proxy.reset();
        const { stdout, commandWall } = await once();
        const report = JSON.parse(stdout) as CollectReport | null;
        const wall = report === null ? commandWall : report.elapsedMs / 1000;
        return { wall, commandWall, more: { requests: proxy.seen().requests } };
      } finally {
        await run.close();
      }
    });
  } finally {
    await proxy.close();
  }
}

/** A source that blocks whoever sends too much, with the product's default budget. */
export async function limiter(lab: Lab): Promise<Sample> {
  const { tables, firstDay, lastDay } = lab.product.sample.generateSample({
    conversations: LIMITED_CONVERSATIONS,
  });
  const token = randomBytes(12).toString('base64url');
  const server = await lab.product.sample.startSampleServer({ tables, token, rateLimit: LIMIT });
  const proxy = await startCountingProxy(server.url);
  try {
    return await lab.scratch(async (dir) => {
      const source = { url: proxy.url, token, baseId: server.baseId };
      const range = rangeOf({ startDate: firstDay, endDate: lastDay });
      const options = { dir, source, batchSize: 100, requestsPerSecond: String(BUDGET) };
      const run = await ProductRun.open(lab.product, options, lab.say);
      try {
        const dry = await run.command(['collect', '--dry-run', '--json', ...range]);
        const { requests: forecast } = JSON.parse(dry.stdout) as DryRunReport;
        proxy.reset();
        const { wall, commandWall, cpu, messages, peakRssMb } = await run.collect(range);
        const { requests, refused, firstAt, lastAt } = proxy.seen();
        const allowed = BUDGET * Math.max((lastAt - firstAt) / 1000, 1 / BUDGET);
        return {
          wall,
          commandWall,
          cpu,
          messages,
          peakRssMb,
          more: {
            requests,
            forecast,
            refused,
            'share of budget': Math.round((requests / allowed) * 1000) / 1000,
          },
        };
      } finally {
        await run.close();
      }
    });
  } finally {
    await proxy.close();
    await server.close();
  }
}

/** Conversations as usual, and among them one very long one and one very long message. */
export async function extremes(lab: Lab): Promise<Sample> {
  const { dialogues } = lab.texts();
  const base = await lab.open(seedKey('extremes', LONG), () => extremeConversations(dialogues));
  return collectAll(lab, base, { batchSize: 1000 });
}

function* extremeConversations(
  dialogues: Parameters<typeof seedConversations>[0],
): Generator<SeedConversation> {
  let n = 0;
  for (const conversation of seedConversations(dialogues, LONG.others)) {
    n += 1;
    const [first] = conversation.messages;
    if (first === undefined) continue;
    if (n === 100) {
      const text = first.text.repeat(Math.ceil(LONG.text / first.text.length)).slice(0, LONG.text);
      yield { ...conversation, messages: [{ ...first, text }, ...conversation.messages.slice(1)] };
    } else if (n === 200) {
      const texts = conversation.messages;
      const messages = Array.from({ length: LONG.messages }, (_, index) => ({
        ...first,
        text: `${texts[index % texts.length]?.text ?? ''} (${index})`,
        role: index % 2 === 0 ? 'user' : 'assistant',
        sentAt: first.sentAt + index * 1000,
      }));
      yield { ...conversation, messages };
    } else yield conversation;
  }
}

export async function growth(lab: Lab): Promise<Sample> {
  const base = await lab.baseOf(lab.options.conversations * 10);
  return collectAll(lab, base, { batchSize: 1000 });
}
