import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNocoDbSource, type NocoDbConfig } from '../../src/adapters/nocodb/index.js';
import type { BatchRange } from '../../src/domain/collection.js';
import type { RawThread } from '../../src/domain/records.js';
import type { BatchReading, ConversationSource, SourceScope } from '../../src/ports/conversation-source.js';
import { comparable, readSwept } from '../support/swept-reader.js';
import { describeNocoDbApi } from './nocodb-api-contract.js';
import {
  ALL_TABLES,
  BUSY_CONVERSATIONS,
  BUSY_DAY,
  conversationsOf,
  DIRTY_DAY,
  EDGE_DAY,
  EMPTY_DAY,
  HARD_IDS,
  KNOWN_APPS,
  messagesOf,
  QUIET_DAY,
  QUOTED_APPS,
  UNDATED,
  UNQUOTABLE_IDS,
} from './source-dataset.js';
import { describeTable, touch, type ContractTarget, type StartTarget } from './source-target.js';

const MAPPING = `
conversations: { id: Ref, app_id: App, started_at: Begun }
messages: { conversation: Chat, role: Who, content: Payload, sent_at: When }
roles: { human: user }
`;

// A real NocoDB on a busy machine takes seconds for what is milliseconds on the sample server.
jest.setTimeout(60_000);

/** A ConversationSource over NocoDB, and the facts about the server that it builds on. */
export function describeSource(name: string, start: StartTarget): void {
  describe(name, () => {
    let target: ContractTarget;
    let config: NocoDbConfig;
    let source: ConversationSource;
    let directory: string;
    const signal = new AbortController().signal;

    beforeAll(async () => {
      target = await start(ALL_TABLES);
      await touch(target, (await describeTable(target, 'conversations')).id);
      config = {
        baseUrl: target.baseUrl,
        apiToken: target.apiToken,
        projectId: target.projectId,
        source: 'noco',
        requestsPerSecond: 1_000,
      };
      source = createNocoDbSource(config);
      directory = await mkdtemp(join(tmpdir(), 'source-contract-'));
    }, 120_000);

    afterAll(async () => {
      await source.close();
      await target.stop();
      await rm(directory, { recursive: true });
    });

    const plan = async (scope: SourceScope, batchSize: number, maxBatches: number, from = source) => {
      const batches: BatchRange[] = [];
      let cursor: string | null = null;
      let pages = 0;
      let sourceCount: number;
      do {
        const page = await from.planDay(scope, { batchSize, maxBatches, cursor }, signal);
        expect(page.batches.length).toBeLessThanOrEqual(maxBatches);
        batches.push(...page.batches);
        ({ cursor, sourceCount } = page);
        pages += 1;
      } while (cursor !== null);
      return { batches, pages, sourceCount };
    };
    const readDay = async (scope: SourceScope, batchSize: number, from = source): Promise<BatchReading> => {
      const all: BatchReading = { threads: [], rejects: [], received: { conversations: 0, messages: 0 } };
      for (const range of (await plan(scope, batchSize, 100, from)).batches) {
        const reading = await from.readBatch({ ...scope, ...range, runId: 'run-1' }, signal);
        expect(reading.received.conversations).toBe(range.count);
        all.threads.push(...reading.threads);
        all.rejects.push(...reading.rejects);
        all.received.conversations += reading.received.conversations;
        all.received.messages += reading.received.messages;
      }
      // Every row that was received is either handed over or rejected.
      const rejected = (table: string) => all.rejects.filter((reject) => reject.table === table).length;
      expect(all.threads.length + rejected('conversations')).toBe(all.received.conversations);
      const messages = all.threads.reduce((sum, thread) => sum + thread.messages.length, 0);
      expect(messages + rejected('messages')).toBe(all.received.messages);
      return all;
    };
    const byId = (threads: RawThread[]) =>
      new Map(threads.map((thread) => [thread.conversation.conversationId, thread]));

    describeNocoDbApi(() => target);

    describe('firstDay', () => {
      it('is the day of the oldest row that a range can hold, of all or of one app', async () => {
        expect(await source.firstDay(undefined, signal)).toBe(BUSY_DAY);
        // Its row before 2000 is taken for a wrong clock.
        expect(await source.firstDay(QUOTED_APPS[1], signal)).toBe(DIRTY_DAY);
      });

      it('refuses an unknown app id and lists the known ones', async () => {
        await expect(source.firstDay('nobody', signal)).rejects.toMatchObject({ type: 'UnknownApp' });
      });
    });

    describe('survey', () => {
      it('names the source and counts rows that match no day', async () => {
        const survey = await source.survey(undefined, signal);
        expect(survey).toMatchObject({ source: 'noco', undatedConversations: UNDATED });
        expect(survey.requests).toBeGreaterThan(0);
        expect((await source.survey(QUOTED_APPS[1], signal)).undatedConversations).toBe(1);
      });

      it('refuses an unknown app id and lists the known ones', async () => {
        await expect(source.survey('nobody', signal)).rejects.toMatchObject({
          type: 'UnknownApp',
          message: `No conversation has the app id nobody. Known app ids: ${KNOWN_APPS.join(', ')}`,
        });
      });

      it('refuses an app id that no filter can say', async () => {
        await expect(source.survey(UNQUOTABLE_IDS[0], signal)).rejects.toMatchObject({
          type: 'InvalidInput',
        });
      });

      it.each([
        ['token', { apiToken: 'wrong' }, 'SourceAuth', 'NOCODB_API_TOKEN'],
        ['base', { projectId: 'pxxxxxxxxxxxxxx' }, 'SourceSchema', 'NOCODB_PROJECT_ID'],
        ['table', { messagesTable: 'talk' }, 'SourceSchema', 'NOCODB_MESSAGES_TABLE'],
      ])('says so when the %s is wrong', async (_, wrong, type, named) => {
        const other = createNocoDbSource({ ...config, ...wrong });
        const failure = other.survey(undefined, signal);
        await expect(failure).rejects.toMatchObject({ type });
        await expect(failure).rejects.toThrow(named);
        await other.close();
      });

      it('lists the columns where the mapping does not fit', async () => {
        const other = createNocoDbSource({ ...config, messagesTable: 'Lines' });
        await expect(other.survey(undefined, signal)).rejects.toThrow(
          /messages\.conversation: .*Payload \(JSON\)/s,
        );
        await other.close();
      });
    });

    describe('plan', () => {
      it('cuts a day of 1,200 conversations into full ranges that do not overlap, page by page', async () => {
        const { batches, pages, sourceCount } = await plan({ day: BUSY_DAY }, 100, 5);
        expect(pages).toBe(3);
        expect(sourceCount).toBe(BUSY_CONVERSATIONS);
        expect(batches.map((batch) => batch.count)).toEqual(Array.from({ length: 12 }, () => 100));
        expect(batches[0]).toEqual({ idFrom: '1', idTo: '100', count: 100 });
        expect(batches.at(-1)).toEqual({ idFrom: '1101', idTo: '1200', count: 100 });
      });

      it('does the same in one page beyond the server’s page size', async () => {
        const { batches, pages } = await plan({ day: BUSY_DAY }, 700, 10);
        expect(pages).toBe(1);
        expect(batches).toEqual([
          { idFrom: '1', idTo: '700', count: 700 },
          { idFrom: '701', idTo: '1200', count: 500 },
        ]);
      });

      it('keeps to an app, quotes and all', async () => {
        for (const appId of [...QUOTED_APPS, 'shop']) {
          for (const day of [BUSY_DAY, DIRTY_DAY]) {
            const expected = conversationsOf(day, appId).length;
            const { batches, sourceCount } = await plan({ day, appId }, 50, 100);
            expect(sourceCount).toBe(expected);
            expect(batches.reduce((sum, batch) => sum + batch.count, 0)).toBe(expected);
            expect(await source.countDay({ day, appId }, signal)).toBe(expected);
          }
        }
      });

      it.each([
        ['without rows', EMPTY_DAY],
        ['before 2000', '1999-12-31'],
        ['in the future', '2999-01-01'],
      ])('plans nothing for a day %s', async (_, day) => {
        expect(await plan({ day }, 100, 5)).toMatchObject({ batches: [], sourceCount: 0 });
        expect(await source.countDay({ day }, signal)).toBe(0);
      });

      it.each(['2024-02-30', '', '10.03.2024'])('refuses %j as a day', async (day) => {
        await expect(source.countDay({ day }, signal)).rejects.toMatchObject({ type: 'InvalidInput' });
      });
    });

    describe('read', () => {
      it.each([100, 1_200])(
        'gives each conversation and message of a day once (batches of %i)',
        async (size) => {
          const { threads, rejects, received } = await readDay({ day: BUSY_DAY }, size);
          expect(rejects).toEqual([]);
          expect(received).toEqual({ conversations: 1_200, messages: 1_200 });
          expect(byId(threads).size).toBe(1_200);
          for (const { conversation, messages } of threads) {
            const expected = messagesOf(conversation.conversationId).map((row) => row['content']);
            expect(messages.map((message) => message.content).sort()).toEqual(expected.sort());
          }
        },
      );

      it('maps values, times in epoch milliseconds UTC', async () => {
        const threads = byId((await readDay({ day: DIRTY_DAY }, 1_000)).threads);
        expect(threads.get('closed')?.conversation).toMatchObject({
          appId: 'shop',
          userId: 'u1',
          status: 'closed',
          startedAt: Date.UTC(2024, 2, 11, 10),
          startedAtBasis: 'mapped',
          closedAt: Date.UTC(2024, 2, 11, 10, 30),
          updatedAt: null,
        });
        expect(threads.get('closed')?.conversation.createdAt).toBeGreaterThan(Date.UTC(2024, 0, 1));
        expect(threads.get('no-app')?.conversation).toMatchObject({
          appId: null,
          userId: null,
          status: null,
        });
        const messages = new Map(
          threads.get('dirty-messages')?.messages.map((message) => [message.messageId, message]),
        );
        expect(messages.get('no-time')).toMatchObject({ sentAt: null, role: 'user' });
        expect(messages.get('empty')).toMatchObject({ content: null, role: null, hasAttachments: false });
        expect(messages.get('agent')).toMatchObject({
          role: 'agent',
          agentId: 'a7',
          isPrivate: true,
          sentAt: Date.UTC(2024, 2, 11, 12),
        });
        expect(messages.get('file')).toMatchObject({ hasAttachments: true });
      });

      it('reads all 60 messages of a conversation', async () => {
        const threads = byId((await readDay({ day: DIRTY_DAY }, 7)).threads);
        expect(threads.get('long')?.messages).toHaveLength(60);
      });

      it('reads conversations whatever their ids hold', async () => {
        const threads = byId((await readDay({ day: DIRTY_DAY }, 10)).threads);
        for (const id of [...HARD_IDS, ...UNQUOTABLE_IDS]) {
          expect([id, threads.get(id)?.messages.length]).toEqual([id, 2]);
        }
      });

      it.each([3, 1_000])(
        'keeps the newest of several rows and rejects the others (batches of %i)',
        async (size) => {
          const { threads, rejects } = await readDay({ day: DIRTY_DAY }, size);
          const found = byId(threads);
          for (const id of ['twice-a-day', 'touched', 'half-dated']) {
            expect(found.get(id)?.conversation.userId).toBe('winner');
            expect(found.get(id)?.messages).toHaveLength(1);
          }
          expect(found.has('moved')).toBe(false);
          const doubles = rejects.filter((reject) => reject.reason === 'duplicate_conversation');
          expect(doubles.map((reject) => reject.conversation_key).sort()).toEqual([
            'noco:moved',
            'noco:touched',
            'noco:twice-a-day',
          ]);
          const edge = byId((await readDay({ day: EDGE_DAY }, size)).threads);
          expect([...edge.keys()].sort()).toEqual(['first-second', 'last-second', 'moved']);
          expect(edge.get('moved')?.messages).toHaveLength(1);
        },
      );

      it('rejects rows that do not fit, with reason and field and without text', async () => {
        const { rejects, received } = await readDay({ day: DIRTY_DAY }, 1_000);
        expect(received.conversations).toBe(conversationsOf(DIRTY_DAY).length);
        const invalid = rejects.filter((reject) => reject.reason === 'invalid_row');
        expect(invalid.map(({ table, field, conversation_key: key }) => ({ table, field, key }))).toEqual([
          { table: 'conversations', field: 'conversation_id', key: null },
          { table: 'conversations', field: 'conversation_id', key: null },
          { table: 'messages', field: 'message_id', key: 'noco:dirty-messages' },
        ]);
        const double = rejects.filter((reject) => reject.reason === 'duplicate_message');
        expect(double).toMatchObject([
          { table: 'messages', conversation_key: 'noco:dirty-messages', app_id: 'shop', run_id: 'run-1' },
        ]);
        expect(JSON.stringify(rejects)).not.toMatch(/text|first|second/);
      });

      it('reads only the app that was asked for', async () => {
        const { threads } = await readDay({ day: DIRTY_DAY, appId: QUOTED_APPS[1] }, 10);
        expect(threads.map((thread) => thread.conversation.conversationId)).toEqual(['app-2']);
        expect(threads[0]?.messages).toHaveLength(1);
      });

      it.each([3, 1_000])(
        'gives the same rows by a sweep of both tables (batches of %i)',
        async (size) => {
          for (const appId of [undefined, QUOTED_APPS[0], QUOTED_APPS[1]]) {
            const range = { startDate: BUSY_DAY, endDate: EDGE_DAY, appId };
            const swept = await readSwept(source, range, size);
            expect(swept.late).toBe(0);
            for (const day of [BUSY_DAY, DIRTY_DAY, EDGE_DAY]) {
              const asked = await readDay({ day, appId }, 300);
              expect(comparable(swept.days.get(day)!)).toEqual(comparable(asked));
              expect(swept.days.get(day)!.sourceCount).toBe(conversationsOf(day, appId).length);
            }
          }
        },
        120_000,
      );

      it('chooses by what it costs, and says so once', async () => {
        const range = { startDate: BUSY_DAY, endDate: EDGE_DAY };
        const notices: string[] = [];
        const slow = createNocoDbSource(
          { ...config, requestsPerSecond: 4 },
          { onNotice: (line) => notices.push(line) },
        );
        expect((await slow.chooseReading(range, { batchSize: 10 }, signal)).strategy).toBe('sweep');
        expect(notices.at(-1)).toMatch(/^Reading: sweep\. walking all [\d,]+ rows once/);
        const few = { startDate: QUIET_DAY, endDate: QUIET_DAY };
        expect((await slow.chooseReading(few, { batchSize: 100 }, signal)).strategy).toBe('in');
        expect((await slow.chooseReading(range, { batchSize: 10, limit: 5 }, signal)).strategy).toBe('in');
        await slow.close();
        const forced = createNocoDbSource({ ...config, reading: 'link' });
        await expect(forced.chooseReading(range, { batchSize: 10 }, signal)).rejects.toMatchObject({
          type: 'InvalidInput',
        });
        await forced.close();
      });

      it('reports progress, and ends with the caller’s own reason', async () => {
        const [range] = (await plan({ day: BUSY_DAY }, 100, 1)).batches;
        const scope = { day: BUSY_DAY, runId: 'run-1', ...range! };
        let progress = 0;
        await source.readBatch(scope, signal, () => (progress += 1));
        expect(progress).toBeGreaterThanOrEqual(3);
        const reason = new Error('cancelled by the test');
        const abort = new AbortController();
        const reading = source.readBatch(scope, abort.signal, () => abort.abort(reason));
        await expect(reading).rejects.toBe(reason);
      });
    });

    describe('mapping file', () => {
      it('reads tables with other names, number keys and JSON content', async () => {
        const mapping = join(directory, 'mapping.yaml');
        await writeFile(mapping, MAPPING);
        const notices: string[] = [];
        const other = createNocoDbSource(
          { ...config, conversationsTable: 'Chat Sessions', messagesTable: 'Lines', mapping },
          { onNotice: (line) => notices.push(line) },
        );
        await other.survey('shop', signal);
        expect(notices).toEqual([expect.stringContaining('conversations.user_id')]);
        const { threads } = await readDay({ day: QUIET_DAY }, 10, other);
        const found = byId(threads);
        expect([...found.keys()]).toEqual(['501', '502']);
        const contents = found.get('501')?.messages.map((message) => message.content);
        expect(contents).toEqual([[{ type: 'text', text: 'hello' }], { text: 'hi' }]);
        expect(found.get('502')?.messages).toMatchObject([{ content: null, role: 'human' }]);
        await other.close();
      });

      it('falls back to CreatedAt and the primary key where nothing else is there', async () => {
        const mapping = join(directory, 'bare.yaml');
        await writeFile(
          mapping,
          'conversations: { id: Id, app_id: null }\nmessages: { id: Id, conversation: Chat, role: Who, content: Payload }\n',
        );
        const notices: string[] = [];
        const other = createNocoDbSource(
          { ...config, conversationsTable: 'Chat Sessions', messagesTable: 'Lines', mapping },
          { onNotice: (line) => notices.push(line) },
        );
        await other.survey(undefined, signal);
        expect(notices.some((line) => line.includes('CreatedAt'))).toBe(true);
        const today = new Date().toISOString().slice(0, 10);
        const { threads } = await readDay({ day: today }, 10, other);
        expect(threads.map((thread) => thread.conversation)).toMatchObject([
          { conversationId: '1', startedAtBasis: 'created_at' },
          { conversationId: '2', startedAtBasis: 'created_at' },
        ]);
        await expect(other.countDay({ day: today, appId: 'shop' }, signal)).rejects.toThrow(
          'conversations.app_id',
        );
        await other.close();
      });
    });
  });
}
