import { ScheduleNotFoundError, type Client, type ScheduleHandle } from '@temporalio/client';

import { scheduleId, scheduleName, WORKFLOWS } from '../../names.js';
import type { ScheduleDefinition } from './definitions.js';
import { scheduleOptions, settingsOf, type ScheduleSettings } from './settings.js';

/** What has to be done to one Schedule so that it is as wanted. */
export interface ScheduleChange {
  name: string;
  action: 'create' | 'update' | 'delete' | 'keep';
  /** Settings that differ; null: it has, or had, none such. */
  differences: { setting: string; from: string | null; to: string | null }[];
}

/** Compares what is wanted with what Temporal has; Schedules that are not ours are passed over. */
export async function planSchedules(
  client: Client,
  wanted: readonly ScheduleDefinition[],
): Promise<ScheduleChange[]> {
  const listed = await listNames(client);
  const gone = listed.filter((name) => !wanted.some((definition) => definition.name === name));
  const changes = await Promise.all([
    ...wanted.map((definition) => changeOf(client, definition)),
    ...gone.map((name) => removalOf(client, name)),
  ]);
  return changes.flatMap((change) => change ?? []);
}

/** Carries a plan out. Whether a Schedule is paused is left as it is: that is for `pause` and `resume`. */
export async function applySchedules(
  client: Client,
  wanted: readonly ScheduleDefinition[],
  changes: readonly ScheduleChange[],
): Promise<void> {
  for (const { name, action } of changes) {
    const definition = wanted.find((candidate) => candidate.name === name);
    const handle = client.schedule.getHandle(scheduleId(name));
    if (action === 'delete') await handle.delete();
    if (definition === undefined) continue;
    const options = scheduleOptions(definition);
    if (action === 'create') await client.schedule.create(options);
    if (action === 'update') {
      const { spec, action: starts, policies } = options;
      await handle.update(({ state }) => ({ spec, action: starts, policies, state }));
    }
  }
}

/** Names of our Schedules, in order. */
export async function listNames(client: Client): Promise<string[]> {
  const names: string[] = [];
  for await (const { scheduleId: id, action } of client.schedule.list()) {
    const name = scheduleName(id);
    if (name !== null && action?.workflowType === WORKFLOWS.tick) names.push(name);
  }
  return names.sort();
}

async function changeOf(client: Client, definition: ScheduleDefinition): Promise<ScheduleChange> {
  const { name } = definition;
  const from = await settingsAtTemporal(client.schedule.getHandle(scheduleId(name)));
  const to = settingsOf(scheduleOptions(definition));
  if (from === null) return { name, action: 'create', differences: differencesOf({}, to) };
  const differences = differencesOf(from, to);
  return { name, action: differences.length === 0 ? 'keep' : 'update', differences };
}

/** null: it is gone already. */
async function removalOf(client: Client, name: string): Promise<ScheduleChange | null> {
  const from = await settingsAtTemporal(client.schedule.getHandle(scheduleId(name)));
  return from === null ? null : { name, action: 'delete', differences: differencesOf(from, {}) };
}

/** null: there is none. The list of Schedules may lag behind; this does not. */
async function settingsAtTemporal(handle: ScheduleHandle): Promise<ScheduleSettings | null> {
  try {
    return settingsOf(await handle.describe());
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

function differencesOf(from: ScheduleSettings, to: ScheduleSettings): ScheduleChange['differences'] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((setting) => from[setting] !== to[setting])
    .map((setting) => ({ setting, from: from[setting] ?? null, to: to[setting] ?? null }));
}
