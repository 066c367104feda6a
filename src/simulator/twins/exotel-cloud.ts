import { type Clock, systemClock } from "../../kit/clock.ts";
import { type Ids, randomIds } from "../../kit/ids.ts";
import { CallLog } from "./call-log.ts";
import { type CloudDoor, openCloudDoor, type RestAnswer, type RestRequest } from "./cloud-door.ts";
import { type Reach, spedUp } from "./dial.ts";
import type { ExotelTwinOptions } from "./exotel-session.ts";
import { postExotelStatus } from "./exotel-status.ts";
import { streamExotel } from "./exotel-twin.ts";
import type { TwinCall } from "./twin.ts";

/** What happens when somebody is rung; times are the twin's own. */
export type ExotelPickup =
  | { readonly kind: "answers"; readonly afterMs?: number }
  | { readonly kind: "busy" | "failed" | "no-answer"; readonly afterMs?: number };

export type ExotelCloudOptions = Pick<ExotelTwinOptions, "user" | "password" | "connectAppletUrl" | "rate"> & {
  readonly accountSid: string;
  readonly apiKey: string;
  readonly apiToken: string;
  /** Where the gateway listens and what it calls itself; may be said later (`gateway`). */
  readonly gateway?: Reach;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** 2 lives twice as fast. 1 by default. */
  readonly speed?: number;
  /** Answered at once unless said. */
  readonly pickup?: (to: string) => ExotelPickup;
};

/** One call that Exotel was told to place. */
export type ExotelCloudCall = {
  readonly callSid: string;
  readonly order: RestRequest["form"];
  status: "in-progress" | "completed" | "busy" | "failed" | "no-answer";
  /** The telephone's end of the call; rejects where nobody answered. */
  readonly stream: Promise<TwinCall>;
  /** Everything the carrier does about it is done. Never rejects. */
  readonly over: Promise<void>;
};

/** Exotel's telephone network and its request to connect a call to a stream, imitated on real sockets. */
export interface ExotelCloud extends AsyncDisposable {
  /** The API's origin, for `EXOTEL_API_BASE_URL`. */
  readonly url: string;
  gateway: Reach;
  readonly requests: CloudDoor["requests"];
  readonly calls: readonly ExotelCloudCall[];
  /** What every request is answered from now on; `undefined`: as it deserves. */
  failing: RestAnswer | undefined;
}

const refused = (Status: number, Code: number, Message: string): RestAnswer => ({
  status: Status,
  body: { RestException: { Status, Message, Code } },
});

export const EXOTEL_UNAUTHORIZED = refused(401, 1001, "Authentication is required to proceed");
export const EXOTEL_FORBIDDEN = refused(403, 1010, "This feature is not enabled for the account");
export const EXOTEL_TOO_MANY = refused(429, 1042, "Too many requests");
const NOT_FOUND = refused(404, 34005, "Not found");

/** Starts it on a free port of this machine. */
export async function startExotelCloud(options: ExotelCloudOptions): Promise<ExotelCloud> {
  const { accountSid, apiKey, apiToken, speed = 1 } = options;
  const base = options.clock ?? systemClock;
  const ids = options.ids ?? randomIds(() => base.wall());
  const clock = spedUp(base, speed);
  const calls: ExotelCloudCall[] = [];
  const life = new AbortController();

  const connect = (form: RestRequest["form"]): RestAnswer => {
    const fault = orderFault(form);
    if (fault) return fault;
    const callSid = Buffer.from(ids.secret()).toString("hex").slice(0, 32);
    let begin: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const stream = begun.then(() => place(call));
    const completed = async (phone: TwinCall): Promise<void> => {
      await phone.over;
      call.status = "completed";
    };
    const over = stream.then(completed, () => undefined);
    const call: ExotelCloudCall = { callSid, order: form, status: "in-progress", stream, over };
    calls.push(call);
    return { status: 200, body: resource(call), afterwards: begin };
  };
  const place = async (call: ExotelCloudCall): Promise<TwinCall> => {
    const { From: to = "", CallerId: from = "", StreamUrl = "", StatusCallback, CustomField } = call.order;
    const outcome = options.pickup?.(to) ?? { kind: "answers" };
    const twin: ExotelTwinOptions = {
      ...options,
      ...cloud.gateway,
      clock: base,
      ids,
      speed,
      from: to,
      to: from,
      casing: "camel",
      ...(StatusCallback === undefined ? { faults: { noStatusCallback: true } } : { statusUrl: StatusCallback }),
      statusFields: { Direction: "outbound-api", ...(CustomField !== undefined && { CustomField }) },
    };
    const tell = (status: Parameters<typeof postExotelStatus>[1]): Promise<void> =>
      StatusCallback === undefined
        ? Promise.resolve()
        : postExotelStatus(
            {
              options: twin,
              callSid: call.callSid,
              clock,
              reach: cloud.gateway,
              log: new CallLog(clock, base),
              startedMs: clock.now(),
            },
            status,
          );
    await clock.sleep(outcome.afterMs ?? 0, life.signal);
    if (outcome.kind !== "answers") {
      call.status = outcome.kind;
      await tell(outcome.kind);
      throw new Error(`nobody answered: ${outcome.kind}`);
    }
    if (wants(call.order, "answered")) await tell("in-progress");
    return streamExotel(twin, call.callSid, StreamUrl);
  };

  const root = `/v1/Accounts/${accountSid}/Calls`;
  const door = await openCloudDoor(`${apiKey}:${apiToken}`, EXOTEL_UNAUTHORIZED, ({ method, path, form }) => {
    if (cloud.failing) return cloud.failing;
    if (method === "POST" && path === `${root}/connect.json`) return connect(form);
    const call = calls.find(({ callSid }) => method === "GET" && path === `${root}/${callSid}.json`);
    return call ? { status: 200, body: resource(call) } : NOT_FOUND;
  });

  const cloud: ExotelCloud = {
    url: door.url,
    gateway: options.gateway ?? { baseUrl: "http://127.0.0.1:9", publicUrl: "http://127.0.0.1:9" },
    requests: door.requests,
    calls,
    failing: undefined,
    async [Symbol.asyncDispose]() {
      await door.close();
      life.abort(new Error("the network is gone"));
      for (const { stream, over } of calls) {
        // Who never answered has no telephone to put down.
        await stream.then((phone) => phone.hangUp()).catch(() => undefined);
        await over;
      }
    },
  };
  return cloud;
}

const wants = (form: RestRequest["form"], event: string): boolean =>
  Object.entries(form).some(([name, value]) => name.startsWith("StatusCallbackEvents") && value === event);

function orderFault(form: RestRequest["form"]): RestAnswer | undefined {
  const { From, CallerId, StreamUrl, StreamType, CustomField = "", TimeLimit = "1" } = form;
  const missing = Object.entries({ From, CallerId, StreamUrl, StreamType }).find(([, value]) => !value)?.[0];
  if (missing) return refused(400, 1002, `Mandatory Parameter missing: ${missing}`);
  if (!/^(\+\d{8,15}|0\d{9,11}|\d{10})$/.test(From ?? "")) return refused(400, 1003, `Invalid parameter: From ${From}`);
  if (StreamType !== "bidirectional") return refused(400, 1003, "Invalid parameter: StreamType");
  if (!/^wss?:\/\//.test(StreamUrl ?? "") || (StreamUrl ?? "").length >= 600)
    return refused(400, 1003, "Invalid parameter: StreamUrl");
  if (CustomField.length > 128) return refused(400, 1003, "Invalid parameter: CustomField");
  if (!(Number(TimeLimit) >= 1 && Number(TimeLimit) <= 14_400))
    return refused(400, 1003, "Invalid parameter: TimeLimit");
  return undefined;
}

const resource = ({ callSid, order, status }: ExotelCloudCall) => ({
  Call: {
    Sid: callSid,
    Status: status,
    From: order["From"],
    PhoneNumberSid: order["CallerId"],
    Direction: "outbound-api",
    RecordingUrl: null,
  },
});
