import type { BusinessHours } from '../../domain/report/business-hours.js';
import type { ReportCalendar } from '../../domain/report/period.js';

/** What decides how reports count, beside the lake. */
export interface ReportSettings extends ReportCalendar {
  /** `source`: equal user ids of all apps are one person. */
  userScope: 'app' | 'source';
  /** null: no figures in business hours. */
  businessHours: BusinessHours | null;
  /** Regular expression (RE2) that a bot's "I did not understand" matches; null: no fallback rate. */
  fallbackPattern: string | null;
  /** Within so much people should answer first, milliseconds; null: no service level. */
  responseTargetMs: number | null;
}
