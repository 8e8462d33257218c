import { randomUUID } from "node:crypto";

/** What a handler is given beside its event: the part of Lambda's context that exists on nodejs24.x. */
export interface LambdaContext {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  callbackWaitsForEmptyEventLoop: boolean;
  /** Milliseconds until the function's timeout; 0 from the moment the stack stops, so that loops end early. */
  readonly getRemainingTimeInMillis: () => number;
}

/** A context for one invocation that begins now (ms on the monotonic clock). */
export const lambdaContext = (
  called: { readonly name: string; readonly timeoutSeconds: number },
  stopping: AbortSignal,
): LambdaContext => {
  const endsAt = performance.now() + called.timeoutSeconds * 1000;
  return {
    functionName: called.name,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:eu-west-1:000000000000:function:${called.name}`,
    memoryLimitInMB: "512",
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${called.name}`,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () =>
      stopping.aborted ? 0 : Math.max(0, Math.floor(endsAt - performance.now())),
  };
};
