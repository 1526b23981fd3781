import { createBase, nocoDbAccess } from '../support/nocodb/create-base.js';
import { defineChangesSuite } from './changes-suite.js';

defineChangesSuite('a real NocoDB', 250, (tables) =>
  createBase(nocoDbAccess(), `changes ${Date.now()}`, tables),
);
