import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { stamp } from "../../src/kit/columns.ts";
import { FAULTS } from "../../src/replay/score/faults.ts";
import type { Labels } from "../../src/replay/score/labels.ts";
import { type Finding, percentile, type Score } from "../../src/replay/score/score.ts";

const limit = z.number().min(0);
const limits = z.strictObject({
  /** Where these limits come from. */
  why: z.string(),
  /** How many of each kind there may be in all fixtures together, those that their labels expect included. */
  most: z.record(z.enum(FAULTS), limit),
  gapP50Ms: limit,
  gapP95Ms: limit,
  /** Of fixtures in which a provider is slow on purpose, and which the two others leave out. */
  slowGapP95Ms: limit,
});

/** What the fixtures have to keep within. */
export type Limits = z.infer<typeof limits>;

/** The limits in force: with the callers' inputs as recorded, and for callers who are heard and answered anew. */
export const readLimits = (): { readonly inputs: Limits; readonly line: Limits } =>
  z
    .strictObject({ inputs: limits, line: limits })
    .parse(JSON.parse(readFileSync(join(import.meta.dirname, "../slo.json"), "utf8")));

export type ScoredFixture = { readonly name: string; readonly score: Score; readonly labels?: Labels };

/** An expected fault may come so much sooner or later: another ear, another voice. */
const ABOUT_MS = 500;
/** More culprits tell nobody more. */
const TOLD = 10;

/** Which limits and expectations are broken, and where: the fixture, the instant and what happened there. Empty when all are kept. */
export function breaches(scored: readonly ScoredFixture[], limits: Limits): readonly string[] {
  const ordinary = scored.filter(({ labels }) => !labels?.slow);
  const slow = scored.filter(({ labels }) => labels?.slow);
  return [
    ...scored.flatMap(surprises),
    ...FAULTS.flatMap((kind) => tooMany(scored, kind, limits.most[kind])),
    ...tooSlow("response gap", ordinary, 0.5, limits.gapP50Ms),
    ...tooSlow("response gap", ordinary, 0.95, limits.gapP95Ms),
    ...tooSlow("response gap with a slow provider", slow, 0.95, limits.slowGapP95Ms),
  ];
}

/** What a fixture's labels do not expect, and what they expect in vain. */
function surprises({ name, score, labels }: ScoredFixture): readonly string[] {
  const open = [...(labels?.expected ?? [])];
  const unexpected = score.findings.filter(({ kind, atMs }) => {
    const place = open.findIndex((it) => it.kind === kind && Math.abs(it.atMs - atMs) <= ABOUT_MS);
    if (place >= 0) open.splice(place, 1);
    return place < 0;
  });
  return [
    ...unexpected.map(({ kind, atMs, detail }) => `${where(name, atMs)}: ${kind}, not expected: ${detail}`),
    ...open.map(({ kind, atMs }) => `${where(name, atMs)}: the ${kind} is gone: remove it from labels.json`),
  ];
}

function tooMany(scored: readonly ScoredFixture[], kind: Finding["kind"], most: number): readonly string[] {
  const found = scored.flatMap(({ name, score }) =>
    score.findings.filter((finding) => finding.kind === kind).map((finding) => ({ name, ...finding })),
  );
  const count = found.reduce((sum, finding) => sum + finding.count, 0);
  if (count <= most) return [];
  return [
    `${kind}: ${count}, at most ${most} allowed`,
    ...found.map(({ name, atMs, detail }) => `  ${where(name, atMs)}: ${detail}`),
  ];
}

function tooSlow(what: string, scored: readonly ScoredFixture[], share: number, mostMs: number): readonly string[] {
  const gaps = scored.flatMap(({ name, score }) => score.gaps.map((gap) => ({ name, ...gap })));
  const values = gaps.map(({ ms }) => ms);
  const reached = percentile(values, share) ?? 0;
  if (reached <= mostMs) return [];
  const worst = gaps.filter(({ ms }) => ms > mostMs).sort((a, b) => b.ms - a.ms);
  return [
    `${what}: the p${share * 100} of ${values.length} is ${Math.round(reached)} ms, at most ${mostMs} are allowed`,
    ...worst
      .slice(0, TOLD)
      .map(({ name, atMs, ms }) => `  ${where(name, atMs)}: ${Math.round(ms)} ms after the caller finished`),
  ];
}

const where = (name: string, atMs: number): string => `fixture ${name} at ${stamp(atMs)}`;
