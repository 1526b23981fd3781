import { startSampleServer, type SampleTable } from '../../src/devstack/sample/index.js';
import { defineChangesSuite } from './changes-suite.js';

defineChangesSuite('the sample source', 250, async (tables) => {
  const server = await startSampleServer({ tables: tables as SampleTable[], token: 'changes' });
  return {
    baseUrl: server.url,
    apiToken: server.token,
    projectId: server.baseId,
    stop: () => server.close(),
  };
});
