/** What to do when Sarvam, or a model, says no: by what it answered. */
export function speechTodo(words: string): string {
  if (/quota|credit|balance|funds/i.test(words)) return "The credits are used up: add some at dashboard.sarvam.ai.";
  if (/\b40[13]\b|api.?key|subscription/i.test(words))
    return "The key was refused: copy it anew from dashboard.sarvam.ai into SARVAM_API_KEY.";
  if (/\b429\b|rate/i.test(words)) return "Too many at once for this account: try again in a minute.";
  return "See status.sarvam.ai, and whether a firewall lets WebSockets out to SARVAM_BASE_URL.";
}
