import type { UserRow } from '../domain/users/analytics.js';

export interface RefreshedUsers {
  /** Users that have a row now. */
  users: number;
  /** Of them computed anew. */
  recomputed: number;
  /** Whose rows are gone. */
  removed: number;
}

/** Rows of users in MongoDB. Throws PipelineError Mongo*. */
export interface UserProjection {
  /** Replaces rows by key and removes others. Safe to repeat. */
  writeUsers(rows: UserRow[], removed: string[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** `user_analytics/user_analytics.parquet`, kept up with the committed days. Throws PipelineError Lake*. */
export interface UserAnalytics {
  /**
   * Computes the rows of users touched by commits since the last refresh, and of no others; the first time and after a
   * change of settings those of all. Safe to repeat; writes nothing where nothing has changed.
   * @param projection null: without MongoDB. It is written first: what fails after it is repeated whole
   */
  refresh(projection: UserProjection | null, signal: AbortSignal): Promise<RefreshedUsers>;
  /** Writes all stored rows again, for a MongoDB that has lost them. @returns how many */
  project(projection: UserProjection, signal: AbortSignal): Promise<number>;
}
