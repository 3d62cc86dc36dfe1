package com.example.shop;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.data.jpa.test.autoconfigure.DataJpaTest;

import static org.assertj.core.api.Assertions.assertThat;

@DataJpaTest
class ItemRepositoryTests {

	@Test
	void savesAnItem(@Autowired ItemRepository items) {
		assertThat(items.save(new Item("tea")).getId()).isNotNull();
	}

}
