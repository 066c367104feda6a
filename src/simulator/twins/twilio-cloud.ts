import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";
import { type CloudDoor, openCloudDoor, type RestAnswer, type RestRequest } from "./cloud-door.ts";
import { Conference } from "./conference.ts";
import type { Reach } from "./dial.ts";
import type { Handset } from "./handset.ts";
import { readTwiml } from "./twilio-answer.ts";
import { type CallFacts, type CallHouse, type Pickup, TwilioCloudCall } from "./twilio-cloud-call.ts";
import { AUTHENTICATE, NOT_FOUND, NOT_IN_PROGRESS, orderFault } from "./twilio-rest-wire.ts";
import { startTwin } from "./twin.ts";

export type TwilioCloudOptions = {
  readonly accountSid: string;
  readonly authToken: string;
  /** Where the gateway listens and what it calls itself; may be said later (`gateway`). */
  readonly gateway?: Reach;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** 2 lives twice as fast. 1 by default. */
  readonly speed?: number;
  /** What happens when this number is rung; answered at once by a person unless said. */
  readonly pickup?: (to: string) => Pickup;
  /** Numbers that may be shown to who is called; any by default. */
  readonly numbers?: readonly string[];
};

/** All but the numbers are for somebody real: their telephone, and what it says of the call. */
export type Caller = {
  readonly from?: string;
  readonly to?: string;
  readonly handset?: Handset;
  readonly parameters?: Readonly<Record<string, string>>;
};

/** Twilio's telephone network and the part of its REST API that is about calls, imitated on real sockets. */
export interface TwilioCloud extends AsyncDisposable {
  /** The API's origin, for `TWILIO_API_BASE_URL`. */
  readonly url: string;
  gateway: Reach;
  readonly requests: CloudDoor["requests"];
  /** Every call there ever was, in the order they began. */
  readonly calls: readonly TwilioCloudCall[];
  /** The rooms that somebody is in. */
  readonly conferences: ReadonlyMap<string, Conference>;
  /** What every request is answered from now on; `undefined`: as it deserves. */
  failing: RestAnswer | undefined;
  /** Somebody calls one of the account's numbers: the gateway's voice webhook is asked, and obeyed. */
  callIn(who?: Caller): TwilioCloudCall;
  /** Calls somebody, as an order over REST does; who picks up is told what the voice webhook says. */
  callOut(to: string, from: string, parameters?: Readonly<Record<string, string>>): TwilioCloudCall;
}

/** Starts it on a free port of this machine. */
export async function startTwilioCloud(options: TwilioCloudOptions): Promise<TwilioCloud> {
  const { accountSid, authToken } = options;
  const calls: TwilioCloudCall[] = [];
  const conferences = new Map<string, Conference>();
  const pickup = options.pickup ?? (() => ({ kind: "answers" }) as const);

  const make = (facts: Omit<CallFacts, "callSid">, handset?: Handset): TwilioCloudCall => {
    const { clock, ids, speed } = options;
    const twin = startTwin({
      ...cloud.gateway,
      ...(clock && { clock }),
      ...(ids && { ids }),
      ...(speed !== undefined && { speed }),
    });
    const callSid = `CA${Buffer.from(twin.ids.secret()).toString("hex").slice(0, 32)}`;
    const call = new TwilioCloudCall(twin, house, { ...facts, callSid }, handset);
    calls.push(call);
    return call;
  };
  const house: CallHouse = {
    accountSid,
    authToken,
    room(name) {
      const room = conferences.get(name) ?? new Conference(name, () => conferences.delete(name));
      conferences.set(name, room);
      return room;
    },
    pickup,
    leg: (parent, to, from) => make({ from, to, direction: "outbound-dial", parentCallSid: parent.facts.callSid }),
  };

  const told = () => ({ url: `${cloud.gateway.publicUrl}/twilio/status`, method: "POST", events: ["completed"] });
  const create = (form: RestRequest["form"]): RestAnswer => {
    const fault = orderFault(form, options.numbers);
    if (fault) return fault;
    const call = make({ ...factsOf(form), direction: "outbound-api" });
    return { status: 201, body: call.resource, afterwards: () => void place(call, form) };
  };
  const place = async (call: TwilioCloudCall, form: RestRequest["form"]): Promise<void> => {
    const { To = "", Timeout = "60", Url, Method = "POST", Twiml = "" } = form;
    if (!(await call.ring(pickup(To), Number(Timeout)))) return;
    if (Url !== undefined) return call.begin(Url, Method);
    obeyText(call, Twiml);
  };
  const update = (call: TwilioCloudCall, form: RestRequest["form"]): RestAnswer => {
    if (call.isOver) return NOT_FOUND;
    const { Status, Twiml, Url, Method = "POST" } = form;
    if (Status === "completed") call.end(call.status === "in-progress" ? "completed" : "canceled");
    else if (Status === "canceled" && call.status === "in-progress") return NOT_IN_PROGRESS;
    else if (Status === "canceled") call.end("canceled");
    else if (call.status !== "in-progress") return NOT_IN_PROGRESS;
    const afterwards = (): void => {
      if (Url !== undefined) void call.begin(Url, Method);
      else if (Twiml !== undefined) obeyText(call, Twiml);
    };
    return { status: 200, body: call.resource, afterwards };
  };

  const root = `/2010-04-01/Accounts/${accountSid}/Calls`;
  const answer = ({ method, path, form }: RestRequest): RestAnswer => {
    if (cloud.failing) return cloud.failing;
    if (method === "POST" && path === `${root}.json`) return create(form);
    const call = calls.find(({ facts }) => path === `${root}/${facts.callSid}.json`);
    if (!call) return NOT_FOUND;
    return method === "POST" ? update(call, form) : { status: 200, body: call.resource };
  };
  const door = await openCloudDoor(`${accountSid}:${authToken}`, AUTHENTICATE, answer);

  const cloud: TwilioCloud = {
    url: door.url,
    gateway: options.gateway ?? { baseUrl: "http://127.0.0.1:9", publicUrl: "http://127.0.0.1:9" },
    requests: door.requests,
    calls,
    conferences,
    failing: undefined,
    callIn({ from = "+919800000001", to = "+918000000002", handset, parameters = {} } = {}) {
      const call = make({ from, to, direction: "inbound", status: told(), parameters }, handset);
      void call.arrive(`${cloud.gateway.publicUrl}/twilio/voice`);
      return call;
    },
    callOut(to, from, parameters = {}) {
      const call = make({ from, to, direction: "outbound-api", status: told(), parameters });
      void place(call, { To: to, Url: `${cloud.gateway.publicUrl}/twilio/voice` });
      return call;
    },
    async [Symbol.asyncDispose]() {
      for (const call of calls) call.end("completed");
      await Promise.all(calls.map(({ over }) => over));
      await door.close();
    },
  };
  return cloud;
}

/** Documents that came with the order itself have no address of their own. */
function obeyText(call: TwilioCloudCall, body: string): void {
  const document = readTwiml({ status: 200, contentType: "text/xml", body });
  if (!("code" in document)) return call.redirect({ verbs: document.children, url: "https://api.twilio.com/" });
  call.log.add({ kind: "warning", code: document.code, detail: document.why });
  call.end("completed");
}

/** Callbacks are for the end alone, unless others are named. */
function factsOf(form: RestRequest["form"]): Pick<CallFacts, "from" | "to" | "status" | "detection"> {
  const { From: from = "", To: to = "", StatusCallback: url, StatusCallbackMethod: method = "POST" } = form;
  const named = Object.entries(form).flatMap(([name, value]) => (/^StatusCallbackEvent\b/.test(name) ? [value] : []));
  const events = named.length > 0 ? named : ["completed"];
  const detects = form["MachineDetection"] === "Enable" || form["MachineDetection"] === "DetectMessageEnd";
  return {
    from,
    to,
    ...(url !== undefined && { status: { url, method, events } }),
    // Digits to be sent on answering leave no room for listening.
    ...(detects &&
      form["SendDigits"] === undefined && {
        detection: { async: form["AsyncAmd"] === "true", url: form["AsyncAmdStatusCallback"] },
      }),
  };
}
