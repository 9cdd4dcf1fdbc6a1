"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { logout } from "@/features/auth/api";
import { commonMessages } from "@/lib/commonMessages";
import { toApiError } from "@/lib/errors";
import { useText } from "@/lib/useLanguage";

const STYLES = {
  small: "px-3 text-sm font-medium text-ink-soft",
  wide: "w-full border border-line-strong px-5 font-semibold",
};

export function LogoutButton({ wide = false }: { wide?: boolean }) {
  const text = useText(commonMessages);
  const router = useRouter();
  const [failure, setFailure] = useState<"offlineTitle" | "stillIn" | null>(null);

  async function leave() {
    try {
      await logout();
      router.replace("/login");
    } catch (thrown) {
      // If logging out fails, the customer stays signed in on the screen too: on a shared phone,
      // showing "logged out" while the session still works would be dangerous.
      const { status } = toApiError(thrown);
      if (status === 401) router.replace("/login");
      else setFailure(status === 0 ? "offlineTitle" : "stillIn");
    }
  }

  return (
    <>
      {failure === null ? null : (
        <span role="alert" className="text-sm text-bad">
          {text(failure)}
        </span>
      )}
      {/* Until our code has come, the browser sends the form itself. */}
      <form
        method="post"
        action="/form/logout"
        onSubmit={(event) => {
          event.preventDefault();
          void leave();
        }}
        className={wide ? "" : "contents"}
      >
        <button
          type="submit"
          className={`min-h-touch rounded-control hover:bg-raised hover:text-ink ${STYLES[wide ? "wide" : "small"]}`}
        >
          {text("logOut")}
        </button>
      </form>
    </>
  );
}
