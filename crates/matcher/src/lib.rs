//! Fold, scan, segment, decide: Chinese keyword rules with exact spans and explanations.
