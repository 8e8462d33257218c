import type { Prices } from "./limits.ts";

/** Hours of a month, as Scaleway counts them (providers.md 4.10). */
const hoursAMonth = 730;

/** What bills, as far as the provider has told. */
interface Billed {
  /** Euros of the type; the month is null where only the hour is told. */
  readonly type: { readonly hour: number; readonly month: number | null } | null;
  readonly beside: { readonly gigabytes: number; readonly addresses: number; readonly isWhole: boolean };
}

/** Euros of one server while it runs. */
export interface RunningCost {
  readonly hour: number;
  readonly month: number;
  /** Whether its volumes and addresses are all in it. */
  readonly isWhole: boolean;
}

/** Euros to a millionth, so that sums show no dust. */
export const roundedEuros = (euros: number): number => Math.round(euros * 1_000_000) / 1_000_000;

/** What a server of the type costs; null where nobody knows the price of the type. The connection's prices come first. */
export const runningCost = (
  name: string | null,
  { type, beside }: Billed,
  prices: Prices | undefined,
): RunningCost | null => {
  const own = name === null ? undefined : prices?.types[name];
  const hour = own ?? type?.hour;
  if (hour === undefined) return null;
  const month = own === undefined ? (type?.month ?? hour * hoursAMonth) : own * hoursAMonth;
  const { volume_gb_hour: gigabyteHour, ipv4_hour: addressHour } = prices ?? {};
  const volumes = beside.gigabytes * (gigabyteHour ?? 0);
  const addresses = beside.addresses * (addressHour ?? 0);
  const isUnpriced =
    (gigabyteHour === undefined && beside.gigabytes > 0) ||
    (addressHour === undefined && beside.addresses > 0);
  return {
    hour: hour + volumes + addresses,
    month: month + (volumes + addresses) * hoursAMonth,
    isWhole: beside.isWhole && !isUnpriced,
  };
};
