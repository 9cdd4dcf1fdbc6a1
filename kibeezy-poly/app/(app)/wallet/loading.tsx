import { WalletFrame } from "@/components/WalletFrame";
import { WalletSkeleton } from "@/components/WalletSkeleton";

export default function WalletLoading() {
  return (
    <WalletFrame>
      <WalletSkeleton />
    </WalletFrame>
  );
}
