"""Evaluation of `synth`: solve rates with honest baselines, and throughput. Imports `synth`, never back."""
