import type { RefreshedUsers, UserAnalytics, UserProjection } from '../ports/user-analytics.js';

export interface UserAnalyticsDependencies {
  users: UserAnalytics;
  /** null: MongoDB is off. */
  projection: UserProjection | null;
}

/** Brings the rows of users up to date with the committed days; safe to repeat. */
export async function refreshUserAnalytics(
  { users, projection }: UserAnalyticsDependencies,
  signal: AbortSignal,
): Promise<RefreshedUsers> {
  return users.refresh(projection, signal);
}
