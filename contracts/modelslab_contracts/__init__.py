"""What the ModelsLab text-to-image API promises, as data, and everything that judges it. Never imports modelslab_mock."""
