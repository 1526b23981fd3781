import type { Actor } from '../schema.js';
import type { StatusMeaning } from './context.js';

/** `human` is missing on purpose: some sources call the user so and some the agent; it must be mapped. */
const ROLES = new Map<string, Actor>([
  ['user', 'user'],
  ['customer', 'user'],
  ['visitor', 'user'],
  ['assistant', 'bot'],
  ['bot', 'bot'],
  ['ai', 'bot'],
  ['model', 'bot'],
  ['agent', 'agent'],
  ['operator', 'agent'],
  ['staff', 'agent'],
  ['human_agent', 'agent'],
  ['system', 'system'],
  ['tool', 'system'],
  ['function', 'system'],
]);

const STATUSES = new Map<string, StatusMeaning>([
  ['closed', 'closed'],
  ['resolved', 'closed'],
  ['solved', 'closed'],
  ['done', 'closed'],
  ['open', 'open'],
  ['new', 'open'],
  ['active', 'open'],
  ['pending', 'open'],
  ['escalated', 'escalated'],
]);

/** Roles by which a source itself says that no person and no model wrote this answer. */
const AUTO_REPLY_ROLES = new Set(['auto_reply', 'auto-reply', 'autoreply', 'autoresponder', 'out_of_office']);

/** The form in which roles and statuses are compared: trimmed and case-folded. */
export function foldName(name: string): string {
  return name.trim().toLowerCase();
}

export interface RoleReading {
  actor: Actor;
  /** False where the role is missing or in neither list: the message is `other`. */
  known: boolean;
  isAutoReply: boolean;
}

/** Reads a role by the mapping file's list, then by the defaults. */
export function readRole(role: string | null, extra: ReadonlyMap<string, Actor>): RoleReading {
  const name = role === null ? '' : foldName(role);
  const actor = extra.get(name) ?? ROLES.get(name);
  return { actor: actor ?? 'other', known: actor !== undefined, isAutoReply: AUTO_REPLY_ROLES.has(name) };
}

/** Reads a status by the mapping file's list, then by the defaults; null: missing or in neither list. */
export function readStatus(
  status: string | null,
  extra: ReadonlyMap<string, StatusMeaning>,
): StatusMeaning | null {
  if (status === null) return null;
  const name = foldName(status);
  return extra.get(name) ?? STATUSES.get(name) ?? null;
}

/** A mapping file's list with its names in the form in which they are compared. */
export function foldNames<T>(names: Readonly<Record<string, T>> | undefined): ReadonlyMap<string, T> {
  return new Map(Object.entries(names ?? {}).map(([name, value]) => [foldName(name), value]));
}
