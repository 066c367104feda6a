import { createHash, createHmac } from "node:crypto";

export type AwsKey = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of a temporary key. */
  readonly sessionToken?: string | undefined;
};

export type AwsRequest = {
  readonly method: string;
  /** Without a query. */
  readonly url: URL;
  /** All of them are signed, and `host` is added. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, lower-case hex. */
  readonly bodySha256: string;
};

export type AwsScope = { readonly region: string; readonly service: string };

/**
 * The headers of a request to S3, signed with AWS Signature Version 4. `atMs`: ms since 1970; the service refuses more than 15 minutes
 * of difference. Source: "Authenticating Requests: Using the Authorization Header", Amazon S3 API Reference.
 */
export function signedHeaders(
  { method, url, headers, bodySha256 }: AwsRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsKey,
  { region, service }: AwsScope,
  atMs: number,
): Readonly<Record<string, string>> {
  const time = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = [time.slice(0, 8), region, service, "aws4_request"];
  const all: Record<string, string> = {
    ...headers,
    host: url.host,
    "x-amz-content-sha256": bodySha256,
    "x-amz-date": time,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(all).sort();
  const path = url.pathname.split("/").map((part) => encoded(decodeURIComponent(part)));
  const lines = names.map((name) => `${name}:${all[name]?.trim()}`);
  const request = [method, path.join("/"), "", ...lines, "", names.join(";"), bodySha256].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(request)].join("\n");
  const key = scope.reduce<Buffer>((from, part) => hmac(from, part), Buffer.from(`AWS4${secretAccessKey}`));
  const authorization = [
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join("/")}`,
    `SignedHeaders=${names.join(";")}`,
    `Signature=${hmac(key, toSign).toString("hex")}`,
  ].join(",");
  return { ...all, authorization };
}

const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** AWS encodes five characters more than `encodeURIComponent`. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
