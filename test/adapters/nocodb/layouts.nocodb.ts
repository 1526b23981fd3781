import { asAdmin, createBase, insertRows, nocoDbAccess } from '../../support/nocodb/create-base.js';
import { describeLayout, type LayoutTarget } from '../../support/nocodb/describe-layouts.js';
import { LAYOUTS, tablesOf, type Layout } from '../../support/nocodb/layouts.js';

/** The layouts that can be made on a real NocoDB; links are made as its own interface makes them. */
const access = nocoDbAccess();
const PATIENCE_MS = 60_000;

async function inBase({ name, tables }: Layout): Promise<LayoutTarget> {
  return createBase(access, `${name.slice(0, 30)} ${Date.now()}`, tables);
}

for (const layout of LAYOUTS) {
  if (!layout.sampleOnly) describeLayout(layout, inBase, PATIENCE_MS);
}

const linked: Layout = { name: 'a link instead of a key', tables: tablesOf() };

describeLayout(
  linked,
  async (layout) => {
    const [conversations, messages] = layout.tables;
    if (!conversations || !messages) throw new Error('two tables');
    const base = await createBase(access, `link ${Date.now()}`, [
      conversations,
      { ...messages, columns: messages.columns.filter(({ title }) => title !== 'conversation_id'), rows: [] },
    ]);
    const { conversations: parent = '', messages: child = '' } = base.tableIds;
    await asAdmin(access, 'POST', `/api/v2/meta/tables/${parent}/columns`, {
      uidt: 'LinkToAnotherRecord',
      title: 'Messages',
      parentId: parent,
      childId: child,
      type: 'hm',
    });
    const { columns } = (await asAdmin(access, 'GET', `/api/v2/meta/tables/${child}`)) as {
      columns: { title: string; uidt: string }[];
    };
    const key = columns.find(({ uidt }) => uidt === 'ForeignKey')?.title ?? 'no foreign key';
    const rows = messages.rows.map((row) => ({ ...row, conversation_id: undefined, [key]: 1 }));
    await insertRows(access, base.projectId, child, rows);
    return base;
  },
  PATIENCE_MS,
);
