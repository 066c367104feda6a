import { type Finding, Findings, type Tell } from "../../scripts/doctor/finding.ts";

/** What one check finds. */
export async function findingsOf(run: (tell: Tell) => Promise<unknown> | unknown): Promise<readonly Finding[]> {
  const findings = new Findings({ finding: () => {}, live: () => {} });
  await findings.check("it", run);
  return findings.all;
}
