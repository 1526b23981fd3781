/**
 * Why a run stands still, and what lets it go on.
 * @param workerOutlives false: the worker is the command's own, and has read its settings when the command began
 */
export function pauseLines(workflowId: string, reason: string, workerOutlives: boolean): string[] {
  return [
    `Paused: ${reason}`,
    workerOutlives
      ? 'Once that is put right (workers read their settings when they start, so restart those whose settings change):'
      : 'Once that is put right (to change a setting, press Ctrl-C and run the same command again, which resumes the run):',
    `  go on: conversation-analytics resume '${workflowId}'   or end it: conversation-analytics cancel '${workflowId}'`,
  ];
}
