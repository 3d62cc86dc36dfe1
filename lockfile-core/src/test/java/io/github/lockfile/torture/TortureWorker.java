/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.torture;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.ContentTemplate;
import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.NativeLocking;
import io.github.lockfile.Verification;
import io.github.lockfile.Verification.Status;

/**
 * Acquires, holds and releases, round after round, and tells the referee.
 */
final class TortureWorker {

	private static final ContentTemplate TEMPLATE = ContentTemplate.of("{pid};{timestamp}");

	private final List<Path> names;

	private final NativeLocking locking;

	private final DataInputStream in;

	private final DataOutputStream out;

	private final Random random = new Random();

	private TortureWorker(List<Path> names, NativeLocking locking, DataInputStream in, DataOutputStream out) {
		this.names = names;
		this.locking = locking;
		this.in = in;
		this.out = out;
	}

	public static void main(String[] args) throws IOException {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(args[2]));
				DataInputStream in = new DataInputStream(socket.getInputStream());
				DataOutputStream out = new DataOutputStream(socket.getOutputStream())) {
			socket.setTcpNoDelay(true);
			out.writeInt(Integer.parseInt(args[3]));
			TortureWorker worker = new TortureWorker(List.of(Path.of(args[0]), Path.of(args[1])),
					NativeLocking.valueOf(args[5]), in, out);
			for (int rounds = Integer.parseInt(args[4]); rounds > 0; rounds--) {
				worker.round();
			}
		}
	}

	private void round() throws IOException {
		try (LockFile lock = LockFile.acquire(name(), TEMPLATE, Duration.ofMinutes(1), this.locking)) {
			tell('B');
			LockSupport.parkNanos(this.random.nextInt(500_000));
			if (this.random.nextInt(10) == 0) {
				acquireAgain();
			}
			if (this.random.nextInt(10) == 0) {
				verify(lock);
			}
			tell('E');
		}
	}

	private Path name() {
		return this.names.get(this.random.nextInt(this.names.size()));
	}

	private void acquireAgain() throws IOException {
		try (LockFile second = LockFile.acquire(name())) {
			complain("got the lock a second time: " + second);
		}
		catch (LockFileHeldException ex) {
			tell('S');
		}
	}

	private void verify(LockFile lock) throws IOException {
		Verification verification = lock.verify();
		// Others may have a byte for a while if they are stopped just then.
		if (verification.status() == Status.HELD || verification.status() == Status.UNVERIFIED) {
			tell('V');
		}
		else {
			complain("found " + verification);
		}
	}

	private void tell(char what) throws IOException {
		this.out.writeChar(what);
		this.in.readByte();
	}

	private void complain(String violation) throws IOException {
		this.out.writeChar('!');
		this.out.writeUTF(violation);
		this.in.readByte();
	}

}
