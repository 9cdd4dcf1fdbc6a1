import { Icon } from "@/ui/Icon";
import { Sentence } from "@/ui/Sentence";

export type Facts = {
  /** What happened; null where the title says it. */
  what: string | null;
  /** Whether money moved; null where `what`, from the server, already says it. */
  money: string | null;
  /** What to do now; null where `what`, from the server, already says it. */
  now: string | null;
  /** "wait": paying again now could pay twice. */
  tone?: "wait";
};

/**
 * The sentences of every wait and failure: what happened, then in a box of its own whether money
 * moved and what to do now.
 */
export function DepositFacts({ what, money, now, tone }: Facts) {
  const [first, ...rest] = [money, now].filter((sentence) => sentence !== null);
  return (
    <>
      {what === null ? null : (
        <p>
          <Sentence>{what}</Sentence>
        </p>
      )}
      {first === undefined ? null : (
        <p className="money-line" data-tone={tone}>
          <Icon name={tone === "wait" ? "alert" : "shield"} />
          <span className="min-w-0">
            <strong>{first}</strong>
            {rest.map((sentence) => (
              <span key={sentence}>{sentence}</span>
            ))}
          </span>
        </p>
      )}
    </>
  );
}
