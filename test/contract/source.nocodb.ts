import { createBase, nocoDbAccess } from '../support/nocodb/create-base.js';
import { describeSource } from './source-contract.js';

describeSource('source over a real NocoDB', (tables) =>
  createBase(nocoDbAccess(), `contract ${Date.now()}`, tables),
);
