import { startSampleServer, type SampleTable } from '../../src/devstack/sample/index.js';
import { realisticDataset } from '../support/realistic.js';
import { definePipelineSuite } from './pipeline-suite.js';

/** Conversations of the realistic data set; the suite on a real NocoDB takes more. */
const CONVERSATIONS = 500;

const seed = async () => {
  const { tables, startDate, endDate } = realisticDataset({ conversations: CONVERSATIONS });
  const server = await startSampleServer({ tables: tables as SampleTable[], token: 'e2e-token' });
  return {
    url: server.url,
    token: server.token,
    baseId: server.baseId,
    startDate,
    endDate,
    atLeast: CONVERSATIONS * 0.9,
    close: () => server.close(),
  };
};

definePipelineSuite('the sample source', seed, { withS3: true });
