import { startSampleServer } from '../../../src/devstack/sample/server.js';
import { describeLayout } from '../../support/nocodb/describe-layouts.js';
import { LAYOUTS } from '../../support/nocodb/layouts.js';

for (const layout of LAYOUTS) {
  describeLayout(layout, async ({ tables }) => {
    const server = await startSampleServer({ tables, token: 'token' });
    return {
      baseUrl: server.url,
      apiToken: 'token',
      projectId: server.baseId,
      stop: () => server.close(),
    };
  });
}
