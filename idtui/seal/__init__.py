"""Keys and sealing: authenticated encryption, keys from passphrases, wrapping to a hospital's public key."""
