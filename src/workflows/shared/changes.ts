import type { ChangedDays, ChangePlan } from '../../domain/changes.js';
import type { CollectState } from '../../domain/collection.js';
import { countDays, dayOf } from '../../domain/period.js';

/** Takes what a look for changes has found into the books, before the first day is planned. */
export function applyPlan(state: CollectState, plan: ChangePlan | ChangedDays): void {
  if (!('kind' in plan)) {
    readOnly(state, plan);
    return;
  }
  const { progress } = state;
  switch (plan.kind) {
    case 'nothing':
      progress.startDate = dayOf(plan.since);
      state.nextDay = null;
      progress.days.total = 0;
      break;
    case 'changes':
      progress.startDate = dayOf(plan.since);
      readOnly(state, plan.changed);
      if (plan.notice !== null) progress.notice = plan.notice;
      state.watermark = plan.move;
      break;
    case 'range':
      delete progress.mode;
      progress.notice = plan.notice;
      progress.startDate = plan.startDate;
      progress.endDate = plan.endDate;
      progress.days.total = countDays(plan.startDate, plan.endDate);
      state.nextDay = plan.startDate;
      state.watermark = plan.move;
      break;
  }
}

/** Only the changed days are opened, oldest first. */
function readOnly(state: CollectState, changed: ChangedDays): void {
  const { progress } = state;
  state.changed = changed;
  state.nextDay = changed.firstDay;
  progress.days.total = changed.days;
  progress.undatedConversations = changed.undated;
  if (changed.firstDay !== null) progress.startDate = changed.firstDay;
  if (changed.lastDay !== null) progress.endDate = changed.lastDay;
}
