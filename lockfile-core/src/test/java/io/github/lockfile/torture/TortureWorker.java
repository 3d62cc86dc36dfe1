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
import java.nio.file.Files;
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
import org.jspecify.annotations.Nullable;

/**
 * Acquires, holds and releases, round after round, and tells the referee. Sometimes it
 * reads the file, so that the kernel drops its lock, and verifies what is left.
 */
final class TortureWorker {

	private static final ContentTemplate TEMPLATE = ContentTemplate.of("{pid};{timestamp}");

	private static final int QUIET_VERIFICATIONS = 5, MAX_DOUBTS = 100;

	private static final long BETWEEN_VERIFICATIONS_NANOS = 100_000_000;

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
			tell('B', lock);
			// Some hold for longer, so that who has lost its lock finds them holding.
			LockSupport.parkNanos(this.random.nextInt((this.random.nextInt(10) == 0) ? 5_000_000 : 500_000));
			if (this.random.nextInt(10) == 0) {
				acquireAgain(lock);
			}
			if (this.random.nextInt(10) == 0) {
				verify(lock);
			}
			if (this.random.nextInt(50) != 0 || isHeldAfterRead(lock)) {
				tell('E', lock);
			}
		}
	}

	/**
	 * The kernel drops a lock that is not native. Until it is verified, others may have
	 * it, so the referee is told before and after.
	 */
	private boolean isHeldAfterRead(LockFile lock) throws IOException {
		tell('D', null);
		Files.readAllBytes(name());
		tell('R', lock);
		Verification found = lock.verify();
		for (int i = 0; i < MAX_DOUBTS && found.status() == Status.UNVERIFIED; i++) {
			LockSupport.parkNanos(BETWEEN_VERIFICATIONS_NANOS);
			found = lock.verify();
		}
		switch (found.status()) {
			case HELD, RESTORED -> tell('B', lock);
			case LOST -> tell('L', null);
			default -> complain("is still undecided: " + found);
		}
		return found.status() != Status.LOST;
	}

	/**
	 * Nobody is killed or stopped meanwhile, and nothing is read.
	 */
	private void verifyInQuiet(LockFile lock) throws IOException {
		Verification found = lock.verify();
		for (int i = 1; i < QUIET_VERIFICATIONS && found.status() != Status.LOST; i++) {
			LockSupport.parkNanos(BETWEEN_VERIFICATIONS_NANOS);
			found = lock.verify();
		}
		if (found.status() == Status.HELD || found.status() == Status.LOST) {
			tell('Q', null);
		}
		else {
			complain("is undecided although all is quiet: " + found);
		}
	}

	private Path name() {
		return this.names.get(this.random.nextInt(this.names.size()));
	}

	private void acquireAgain(LockFile lock) throws IOException {
		try (LockFile second = LockFile.acquire(name())) {
			complain("got the lock a second time: " + second);
		}
		catch (LockFileHeldException ex) {
			tell('S', lock);
		}
	}

	private void verify(LockFile lock) throws IOException {
		Verification verification = lock.verify();
		// Others may have a byte for a while if they are stopped just then.
		if (verification.status() == Status.HELD || verification.status() == Status.UNVERIFIED) {
			tell('V', lock);
		}
		else {
			complain("found " + verification);
		}
	}

	/**
	 * Tells the referee, who may answer that all is quiet.
	 * @param lock what to verify then; null if that is not to be done now
	 */
	private void tell(char what, @Nullable LockFile lock) throws IOException {
		this.out.writeChar(what);
		if (this.in.readByte() != 0 && lock != null) {
			verifyInQuiet(lock);
		}
	}

	private void complain(String violation) throws IOException {
		this.out.writeChar('!');
		this.out.writeUTF(violation);
		this.in.readByte();
	}

}
