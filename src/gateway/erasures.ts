import { z } from "zod";
import { ProviderError } from "../kit/provider-error.ts";
import type { CallId } from "../record/record.ts";
import { ApiError } from "./api-error.ts";
import { callId, callParams } from "./call-schema.ts";
import { type Operation, operation } from "./operation.ts";
import type { Site } from "./site.ts";

const DIGITS = 3;

/** Something that is nobody's number, such as `anonymous`, would be everybody's. */
const number = z
  .string()
  .trim()
  .max(200)
  .refine(
    (written) => !written.includes("\0") && (written.includes("@") || written.replace(/\D/g, "").length >= DIGITS),
    `must be a telephone number of ${DIGITS} digits or more, or a SIP address`,
  );

/** Forgetting calls: one, or all from or to a number. What is left tells of nobody. */
export function erasureOperations(site: Site): readonly Operation[] {
  const { erasure, log } = site.parts;
  const errors = {
    409: "A call is not over, and nothing was erased; or a recording is kept where it cannot be removed, and where",
    503: "The database or the storage does not answer: ask again, what was erased stays so",
  };
  const tried = async <T>(erase: () => Promise<T>): Promise<T> => {
    try {
      return await erase();
    } catch (error) {
      log.warn({ err: error }, "an erasure broke off");
      if (error instanceof ProviderError && !error.retryable)
        throw new ApiError(409, `it cannot be erased as things are set up: ${error.message}`);
      throw new ApiError(
        503,
        "the erasure broke off, since the database, the storage or the disk does not answer; ask again",
      );
    }
  };
  return [
    operation({
      id: "eraseCall",
      method: "DELETE",
      path: "/v1/calls/{id}",
      scope: "admin",
      summary: "Erases a call: its words, numbers, decisions, sound and journal. Twice is once",
      description: "Left are its id, when it was, how it ended and what it used. Events not delivered yet are dropped.",
      params: callParams,
      answer: { description: "It is erased", schema: z.object({ id: callId, erased: z.literal(true) }) },
      errors,
      run: async ({ params: { id } }) => {
        const became = await tried(() => erasure.call(id as CallId));
        if (became === "unknown") throw new ApiError(404, "no such call");
        if (became === "open") throw new ApiError(409, "the call is not over: end it first");
        return { id, erased: true as const };
      },
    }),
    operation({
      id: "eraseNumber",
      method: "POST",
      path: "/v1/erasures",
      scope: "admin",
      summary: "Erases every call from or to a number, in whatever way it is written",
      description: "Calls that come later are not touched. Asked again after it broke off, it goes on.",
      body: z.strictObject({ number }),
      answer: { description: "How many were erased", schema: z.object({ erased: z.number().int().min(0) }) },
      errors,
      run: async ({ body }) => {
        const done = await tried(() => erasure.number(body.number));
        if ("open" in done)
          throw new ApiError(409, `${done.open} call(s) from or to this number are not over: end them first`);
        return done;
      },
    }),
  ];
}
