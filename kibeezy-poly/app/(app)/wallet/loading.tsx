import { WalletFrame } from "@/features/wallet/WalletFrame";
import { WalletSkeleton } from "@/features/wallet/WalletSkeleton";

export default function WalletLoading() {
  return (
    <WalletFrame>
      <WalletSkeleton />
    </WalletFrame>
  );
}
