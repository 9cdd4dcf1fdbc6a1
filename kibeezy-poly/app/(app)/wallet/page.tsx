import { cookies } from "next/headers";
import { titled } from "@/app/titled";
import { HIDDEN_COOKIE } from "@/features/wallet/hiddenCookie";
import { walletMessages } from "@/features/wallet/messages";
import { WalletView } from "@/features/wallet/WalletView";

export const generateMetadata = () => titled(walletMessages.title);

export default async function WalletPage() {
  return <WalletView isHidden={(await cookies()).get(HIDDEN_COOKIE)?.value === "1"} />;
}
