import { titled } from "@/app/titled";
import { walletMessages } from "@/features/wallet/messages";
import { WalletView } from "@/features/wallet/WalletView";

export const generateMetadata = () => titled(walletMessages.title);

export default function WalletPage() {
  return <WalletView />;
}
