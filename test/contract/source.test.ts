import { startSampleServer } from '../../src/devstack/sample/server.js';
import { describeSource } from './source-contract.js';

describeSource('source over the sample server', async (tables) => {
  const server = await startSampleServer({ tables, token: 'contract' });
  return {
    baseUrl: server.url,
    apiToken: server.token,
    projectId: server.baseId,
    stop: () => server.close(),
  };
});
