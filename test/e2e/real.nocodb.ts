import { createBase, nocoDbAccess } from '../support/nocodb/create-base.js';
import { realisticDataset } from '../support/realistic.js';
import { definePipelineSuite } from './pipeline-suite.js';

const CONVERSATIONS = 2_000;

definePipelineSuite('a real NocoDB', async () => {
  const { tables, startDate, endDate } = realisticDataset({ conversations: CONVERSATIONS });
  const base = await createBase(nocoDbAccess(), `e2e ${Date.now()}`, tables);
  return {
    url: base.baseUrl,
    token: base.apiToken,
    baseId: base.projectId,
    startDate,
    endDate,
    atLeast: CONVERSATIONS * 0.9,
    close: () => base.stop(),
  };
});
